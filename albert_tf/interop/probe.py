"""Runs Hugging Face's model and ours on one batch and compares the outputs."""

import importlib.util

import keras
import numpy as np

from albert_tf import task_models
from albert_tf.embedding import model as embedding_model
from albert_tf.interop import huggingface_folder
from albert_tf.interop.keras_hub import side_by_side

# Float32 rounding over the depth of any published ALBERT stays below 1e-4.
LARGEST_DIFFERENCE = 1e-3

# Their outputs -> ours; outputs that a model lacks are skipped.
_OUTPUTS = {
    "last_hidden_state": "sequence_output",
    "pooler_output": "pooled_output",
    "prediction_logits": "mlm_logits",
    "sop_logits": "sentence_order_logits",
    "start_logits": "start_logits",
    "end_logits": "end_logits",
}


def compare(model: keras.Model, *folders: str) -> list[str]:
    """Compares `model` with those of the folders that are Hugging Face's.

    Args:
        model: the model that was read from, or written to, all folders.
        folders: folders of any format. Google's code cannot be installed as a
            package, so its models are not run.
    Returns:
        one line for each Hugging Face folder, or a line that says why there
        is none.
    Raises:
        ValueError: outputs differ, or transformers does not find or use some
            weights of a folder.
    """
    theirs = [*filter(None, map(huggingface_folder.find, folders))]
    if not theirs:
        return [
            "Outputs not compared: google-research/albert cannot be installed "
            "as a package. The weights that were written read back equal, bit "
            "for bit."
        ]
    for package in ("torch", "transformers"):
        if importlib.util.find_spec(package) is None:
            return [
                f"Outputs not compared: {package} is not installed (pip "
                "install 'albert_tf[interop]'). The weights that were written "
                "read back equal, bit for bit."
            ]
    return [_compare(model, path) for path in theirs]


def _compare(model: keras.Model, folder: str) -> str:
    differences = largest_difference(model, folder)
    return _checked(differences, folder, "transformers")


def compare_with_keras_hub(model: keras.Model, folder: str) -> list[str]:
    """Compares `model` with a keras-hub preset that was written from it.

    Raises:
        ValueError: the models compute something else.
    """
    inputs = inputs_of(model)
    lines = []
    if side_by_side.has_masked_lm(model):
        effect = side_by_side.effect_of_epsilon(model, inputs)
        lines.append(
            "keras-hub's masked-LM head adds "
            f"{side_by_side.MASKED_LM_EPSILON} to the variance in its norm and "
            f"ALBERT's 1e-12: scores of a random batch differ by {effect:.2e}."
        )
    if importlib.util.find_spec("keras_hub") is None:
        return [
            *lines,
            "Not run on the other side: keras_hub is not installed (pip "
            "install keras-hub). What was written reads back equal, bit for "
            "bit.",
        ]
    differences = side_by_side.differences(model, folder, inputs)
    return [*lines, _checked(differences, folder, "keras-hub")]


def compare_with_sentence_transformers(
    model: embedding_model.AlbertEmbedder, folder: str
) -> list[str]:
    """Compares `model` with a folder that was written from it.

    Raises:
        ValueError: the models compute something else.
    """
    if importlib.util.find_spec("sentence_transformers") is None:
        return [
            "Embeddings not compared: sentence_transformers is not installed "
            "(pip install 'albert_tf[interop]'). What was written reads back "
            "equal, bit for bit."
        ]
    inputs = inputs_of(model)
    expected = run_sentence_transformers(folder, inputs)
    got = model(inputs)["embeddings"]
    difference = float(np.abs(got - expected).max())
    return [
        _checked({"embeddings": difference}, folder, "sentence-transformers")
    ]


def run_sentence_transformers(
    folder: str, inputs: dict[str, np.ndarray]
) -> np.ndarray:
    """Runs a folder's model in sentence-transformers.

    Args:
        folder: a folder of sentence-transformers.
        inputs: token_ids, segment_ids, padding_mask, int32 [B, S].
    Returns:
        float32 [B, D].
    """
    import sentence_transformers
    import torch

    theirs = sentence_transformers.SentenceTransformer(
        folder, device="cpu", local_files_only=True
    )
    theirs.eval()
    tensors = {
        "input_ids": inputs["token_ids"],
        "token_type_ids": inputs["segment_ids"],
        "attention_mask": inputs["padding_mask"],
    }
    with torch.no_grad():
        out = theirs({k: torch.tensor(v).long() for k, v in tensors.items()})
    return out["sentence_embedding"].numpy()


def _checked(differences: dict[str, float], folder: str, peer: str) -> str:
    """One line about the differences, which must be small.

    Raises:
        ValueError: they are not.
    """
    largest = max(differences.values())
    line = (
        f"{folder}: largest difference from {peer} {largest:.2e} (in "
        f"{', '.join(differences)})."
    )
    if not largest <= LARGEST_DIFFERENCE:
        raise ValueError(
            "Both models must compute the same outputs, to within "
            f"{LARGEST_DIFFERENCE}. Received: {line}"
        )
    return line


def largest_difference(model: keras.Model, folder: str) -> dict[str, float]:
    """Largest difference of each output that both have, by their name."""
    inputs = inputs_of(model)
    expected = run_huggingface(folder, inputs)
    if isinstance(model, embedding_model.AlbertEmbedder):
        model = model.encoder  # their classes have no pooling
    if isinstance(model, task_models.AlbertMultipleChoice):
        inputs = {name: value[None] for name, value in inputs.items()}
    got = model(inputs)
    names = {**_OUTPUTS, "logits": _logits(model)}
    return {
        theirs: float(np.abs(got[ours] - expected[theirs]).max())
        for theirs, ours in names.items()
        if theirs in expected and ours in got
    }


def run_huggingface(
    folder: str, inputs: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Runs a folder's model in transformers; returns its outputs by name.

    Args:
        folder: a Hugging Face folder. Its config.json decides the class.
        inputs: token_ids, segment_ids, padding_mask, int32 [B, S].
    Raises:
        ValueError: transformers reports missing, unexpected or mismatched
            weights.
    """
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder)
    name = (config.architectures or ["AlbertModel"])[0]
    their_model, info = getattr(transformers, name).from_pretrained(
        folder, output_loading_info=True, dtype=torch.float32
    )
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info[problem]:
            raise ValueError(
                "transformers must find and use every weight. Received: "
                f"{folder} with {problem} {sorted(info[problem])[:5]}."
            )
    their_model.eval()
    tensors = {
        "input_ids": inputs["token_ids"],
        "token_type_ids": inputs["segment_ids"],
        "attention_mask": inputs["padding_mask"],
    }
    tensors = {k: torch.tensor(v).long() for k, v in tensors.items()}
    if name == "AlbertForMultipleChoice":
        tensors = {k: v[None] for k, v in tensors.items()}
    with torch.no_grad():
        out = their_model(**tensors)
    return {name: value.numpy() for name, value in out.items()}


def inputs_of(model: keras.Model) -> dict[str, np.ndarray]:
    """Two rows, the second one padded; every position is scored."""
    config = model.config
    rng = np.random.default_rng(0)
    length = min(16, config.max_position_embeddings)
    mask = np.ones((2, length), np.int32)
    mask[1, length // 2 + 1 :] = 0
    positions = np.tile(np.arange(length, dtype=np.int32), (2, 1))
    return {
        "token_ids": rng.integers(
            0, config.vocab_size, mask.shape, dtype=np.int32
        ),
        "segment_ids": rng.integers(
            0, config.type_vocab_size, mask.shape, dtype=np.int32
        ),
        "padding_mask": mask,
        "mask_positions": positions,
    }


def _logits(model: keras.Model) -> str:
    """Our name of the output that theirs calls logits."""
    task = isinstance(
        model,
        (
            task_models.AlbertClassifier,
            task_models.AlbertTagger,
            task_models.AlbertMultipleChoice,
        ),
    )
    return "logits" if task else "mlm_logits"
