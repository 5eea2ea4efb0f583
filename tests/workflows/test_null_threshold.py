"""The null score threshold that a run stored."""

import commands
import numpy as np
import published

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def test_a_stored_null_threshold_stays(vocabulary, sizes, tmp_path, caplog):
    caplog.set_level("INFO", logger="absl")
    model = published.write(
        *(tmp_path / "model", vocabulary, sizes, np.zeros(2)),
        class_name="AlbertForQuestionAnswering",
    )
    path = tmp_path / "dev.csv"
    path.write_text("context,question,answer\nthe cat,who?,cat\nit,who?,\n")

    def run(threshold):
        row = {
            "kind": "span",
            "labels": [],
            "num_texts": 1,
            "scheme": "none",
            "null_score_threshold": threshold,
        }
        tokenizer = tokenizers.load(model)
        saved_tasks.write(str(model), {"custom": row}, 32, tokenizer)
        assert commands.run("albert-tf evaluate", words=[model, path]) is None
        kept = saved_tasks.read(str(model)).tasks["custom"]
        return kept["null_score_threshold"]

    assert run(1.25) == 1.25
    assert "The model keeps 1.2500" in caplog.text
    assert run(None) is not None
    # Rows of 32 tokens have no room for questions of 64.
    assert "--max_query_length is 8 and --doc_stride is 10" in caplog.text
