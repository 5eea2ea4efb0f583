"""A folder that transformers reads: weights, labels and tokenizer."""

import json
import os
from collections.abc import Sequence

from albert_tf.export import huggingface_tokenizer
from albert_tf.interop import convert
from albert_tf.interop import huggingface
from albert_tf.training import atomic

# By the kinds of tasks, how transformers' pipelines read logits.
_PROBLEMS = {
    "classification": "single_label_classification",
    "multilabel": "multi_label_classification",
    "regression": "regression",
}
_WORDPIECE = {"tokenizer_class": "BertTokenizer"}
# Of the classes that transformers has, the one that takes tokenizer.json as it
# is; AlbertTokenizer would build another one from the vocabulary.
_SENTENCEPIECE = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "[MASK]",
}


def write(
    checkpoint: str,
    folder: str,
    *,
    kind: str,
    vocabulary: bytes,
    is_wordpiece: bool,
    lower_case: bool = True,
    keep_accents: bool = False,
    rewrite_quotes: bool = False,
    labels: Sequence[str] = (),
    max_seq_length: int,
    task: str | None = None,
) -> list[str]:
    """Writes the folder, which AutoTokenizer and pipelines take as it is.

    Args:
        checkpoint: anything that albert_tf.load reads.
        folder: must not exist.
        kind: of the task, or "pretraining".
        vocabulary: the bytes of a SentencePiece model or of a vocab.txt.
        is_wordpiece: which of the two.
        lower_case, keep_accents, rewrite_quotes: what the tokenizer does to
            text, as of huggingface_tokenizer.to_json.
        labels: the classes, in the model's order; () where it has none.
        max_seq_length: that texts are cut to.
        task: whose head, of a run of several tasks.
    Returns:
        the report of the conversion, line by line.
    Raises:
        FileExistsError: something lies at `folder`.
        ValueError: Hugging Face's ALBERT has no class for the model.
    """
    lines = convert.convert(checkpoint, folder, "huggingface", task=task)
    path = os.path.join(folder, huggingface.CONFIG_FILE)
    with open(path) as file:
        config = json.load(file)
    if kind in _PROBLEMS:
        config["problem_type"] = _PROBLEMS[kind]
    if labels:
        config["id2label"] = {str(i): name for i, name in enumerate(labels)}
        config["label2id"] = {name: i for i, name in enumerate(labels)}
    _write_json(path, config)
    name = "vocab.txt" if is_wordpiece else "spiece.model"
    with open(os.path.join(folder, name), "wb") as file:
        file.write(vocabulary)
    if not is_wordpiece:
        _write_json(
            os.path.join(folder, "tokenizer.json"),
            huggingface_tokenizer.to_json(
                vocabulary,
                lower_case=lower_case,
                keep_accents=keep_accents,
                rewrite_quotes=rewrite_quotes,
            ),
            indent=None,
        )
    _write_json(
        os.path.join(folder, "tokenizer_config.json"),
        {
            **(_WORDPIECE if is_wordpiece else _SENTENCEPIECE),
            "do_lower_case": lower_case,
            "model_max_length": max_seq_length,
            # transformers 5 leaves the segments of pairs out by default.
            "model_input_names": [
                "input_ids",
                "token_type_ids",
                "attention_mask",
            ],
        },
    )
    return lines


def _write_json(path: str, values: dict, indent: int | None = 2) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    atomic.write_text(path, text + "\n")
