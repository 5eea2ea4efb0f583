"""Which files of a published model are needed to load it."""

import fnmatch
from collections.abc import Iterable
from collections.abc import Sequence

# Files beside weights that are read: sizes, labels, vocabularies, and what our
# own runs keep.
BESIDE = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "spiece.model",
    "vocab.txt",
    "albert_config*.json",
    "*.model",
    "task.json",
    "unigram.json",
    # Of sentence-transformers.
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_*_config.json",
    "[0-9]_*/*.json",
    "[0-9]_Dense/model.safetensors",
    "[0-9]_Dense/pytorch_model.bin",
    # Of keras-hub's presets.
    "assets/tokenizer/vocabulary.spm",
)
# The first that a model has.
_WEIGHTS = (
    ("model.safetensors",),
    ("model.safetensors.index.json", "model-*.safetensors"),
    ("pytorch_model.bin",),
    ("pytorch_model.bin.index.json", "pytorch_model-*.bin"),
    ("*.keras",),
    ("model.weights.h5", "task.weights.h5"),
    ("saved_model.pb", "fingerprint.pb", "variables/*"),
    ("*.index", "*.data-*"),
)


def weights(files: Sequence[str], subfolder: str = "") -> list[str]:
    """Patterns of the weights to fetch, in one format only.

    Args:
        files: the names of all files of a published model.
        subfolder: where in it the model is; "" for the whole.
    Raises:
        FileNotFoundError: no file has weights that can be read.
    """
    for names in _WEIGHTS:
        wanted = within(subfolder, names)
        if any(fnmatch.filter(files, pattern) for pattern in wanted):
            return wanted
    raise FileNotFoundError(
        "no weights there: no safetensors, pytorch_model.bin, .keras, "
        "model.weights.h5, SavedModel or TensorFlow checkpoint"
    )


def within(subfolder: str, names: Iterable[str]) -> list[str]:
    """Names with the folder that they are in."""
    return [f"{subfolder}/{name}" if subfolder else name for name in names]


def needed(files: Sequence[str]) -> list[str]:
    """The names of the files to fetch. Raises: as `weights`."""
    patterns = (*BESIDE, *weights(files))
    return [
        name
        for name in files
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    ]
