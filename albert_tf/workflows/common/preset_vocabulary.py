"""The vocabulary that a keras-hub preset is written with."""

from albert_tf.runs import run_checkpoint
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import keras_hub
from data_pipeline.text import tokenizers


def find(path: str, which: str | None) -> tuple[bytes | None, list[str]]:
    """The SentencePiece model beside weights, and lines of a report about it.

    Args:
        path, which: as in `albert_tf.load`.
    Returns:
        None in place of the model if there is none that keras-hub can use.
    """
    folder = saved_tasks.folder_of(run_checkpoint.find(path, which))
    try:
        tokenizer = saved_tasks.tokenizer(None, folder)
    except (OSError, ValueError) as error:
        return None, [
            "No tokenizer in the preset. To have one, put the model's "
            f"SentencePiece vocabulary beside the input. ({error})"
        ]
    reason = _refused(tokenizer)
    if reason:
        return None, [f"No tokenizer in the preset: {reason}."]
    rules = keras_hub.ignored_rules(tokenizer.settings)
    if not rules:
        return tokenizer.vocabulary, []
    return tokenizer.vocabulary, [
        "keras-hub gives texts to SentencePiece as they are. The model was "
        f"trained with other rules: {', '.join(rules)}. Apply them to texts "
        "before keras-hub sees them, or its ids differ."
    ]


def _refused(tokenizer: tokenizers.Tokenizer) -> str | None:
    """Why keras-hub's AlbertTokenizer cannot use a tokenizer."""
    kind = tokenizer.settings.kind
    if kind != "sentencepiece":
        return f"it takes SentencePiece models, and this one is {kind}"
    # It looks these up by name.
    missing = [
        name
        for name in keras_hub.SPECIAL_PIECES
        if name not in tokenizer.pieces
    ]
    if missing:
        return f"the vocabulary lacks {', '.join(missing)}"
    return None
