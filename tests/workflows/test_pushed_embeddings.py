"""An embedding model, pushed to a Hub and read from there."""

import embedding_models
import numpy as np
from embedding_models import TEXTS
from pushes import ADDRESS
from pushes import front_matter
from pushes import push

import albert_tf


def test_a_repository_is_one_of_sentence_transformers(
    hub, vocabulary, sizes, tmp_path
):
    path = embedding_models.save(
        tmp_path / "model",
        vocabulary,
        sizes,
        dense_size=6,
        prompts={"query": "query: "},
    )
    push(path, yes=True)
    files = hub.files["me/mine"]
    assert {"modules.json", "2_Dense/model.safetensors", "task.json"} <= {
        *files
    }
    text = files["README.md"].decode()
    fields = front_matter(text)
    assert fields.pipeline_tag == "sentence-similarity"
    assert fields.library_name == "sentence-transformers"
    assert f'albert_tf.embedder("{ADDRESS}")' in text
    assert 'SentenceTransformer(\n    "me/mine"\n)' in text
    assert "No license was given" in text and "predictor" not in text
    for block in text.split("```python\n")[1:]:
        compile(block.split("```")[0], "card", "exec")
    ours, theirs = albert_tf.embedder(path), albert_tf.embedder(ADDRESS)
    assert ours.fingerprint == theirs.fingerprint
    assert theirs.prompts == {"query": "query: "}
    np.testing.assert_allclose(
        theirs.encode(TEXTS), ours.encode(TEXTS), atol=1e-6
    )
