"""The configs of a task's data, and of the rows made from it."""

import dataclasses
import os

from data_pipeline.config import setting
from data_pipeline.tasks.configs import columns_config
from data_pipeline.tasks.configs import generation_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataConfig(columns_config.ColumnsConfig):
    """Which task, and where its data is."""

    task_name: tuple[str, ...] | None = setting(
        None,
        "Task, or several to train together, separated by commas: cola, "
        "sst-2, mrpc, sts-b, qqp, mnli, qnli, rte, wnli, ax, race, squad1, "
        "squad2, tagging, custom.",
        section="Data",
        remembered="form",
    )
    data_dir: str | None = setting(
        None,
        "Folder of the task's data in its official layout; for several tasks, "
        "the folder that holds a folder for each.",
        section="Data",
        decides="data",
        is_local=True,
        remembered="place",
    )
    train_file: str | None = setting(
        None,
        "File to train on, instead of the one in --data_dir.",
        section="Data",
        decides="data",
        is_local=True,
        remembered="place",
    )
    eval_file: str | None = setting(
        None,
        "File to evaluate on, instead of the one in --data_dir.",
        section="Data",
        decides="eval_data",
        is_local=True,
        remembered="place",
    )
    predict_file: str | None = setting(
        None,
        "File to predict, instead of the one in --data_dir.",
        section="Data",
        decides=False,
        is_local=True,
        remembered="place",
    )
    eval_fraction: float | None = setting(
        None,
        "Share of the training rows to hold out for evaluation, above 0 and "
        "below 1, if there is no evaluation file. Rows are chosen by a hash of "
        "their texts, so that equal texts stay together, as do the questions "
        "on a passage.",
        section="Data",
        remembered="place",
    )
    folds: int | None = setting(
        None,
        "Number of folds of the training rows. Each fold is evaluated by a "
        "model that is trained on the others, in a folder of its own. Rows are "
        "divided by class and a hash of their texts, so that equal texts stay "
        "together, as do the questions on a passage.",
        section="Data",
        minimum=2,
        remembered="place",
    )
    fold: int | None = setting(
        None,
        "With --folds: the number, from 1 on, of the only fold to evaluate. "
        "If left out, all folds, one after another.",
        section="Data",
        minimum=1,
        remembered="place",
    )
    tfds: bool = setting(
        False,
        "Whether to read GLUE's data from TensorFlow Datasets.",
        section="Data",
        decides="data",
        remembered="place",
    )
    on_bad_row: str = setting(
        "stop",
        "What to do about rows that cannot be used. stop: report the first as "
        "an error. skip: leave them out and count them; in prediction, each "
        "still gets one.",
        section="Data",
        choices=("stop", "skip"),
        decides="data",
    )
    level: str = setting(
        "all",
        "School level of RACE's passages to use.",
        section="Data",
        choices=("all", "middle", "high"),
        decides="data",
        remembered="form",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskConfig(generation_config.GenerationConfig, DataConfig):
    """A task's data, and how it is encoded as rows."""

    cached_dir: str | None = setting(
        None,
        "Folder for encoded data. If left out, cache/ in --output_dir.",
        section="Data",
        decides=False,
        is_local=True,
    )
    num_workers: int = setting(
        os.cpu_count(),
        "Number of processes that encode span tasks.",
        section="Data",
        minimum=1,
        decides=False,
        is_local=True,
    )
    spm_model_file: str | None = setting(
        None,
        "Vocabulary, required if there is none beside the checkpoint: a "
        "SentencePiece model, a vocab.txt, a folder with a saved tokenizer, "
        "ours or Hugging Face's, or the name of a model, such as "
        "albert-base-v2.",
        section="Vocabulary and rows",
        decides="tokenizer",
        is_local=True,
        is_weights=True,
    )
    do_lower_case: bool | None = setting(
        None,
        "Whether to lowercase text. If left out, the files beside the "
        "vocabulary decide; without such files, true.",
        section="Vocabulary and rows",
        decides="tokenizer",
    )
    max_seq_length: int | None = setting(
        None,
        "Maximum number of tokens in a row. If left out, the recipe's.",
        section="Vocabulary and rows",
        minimum=8,
        decides="max_seq_length",
    )
    length_buckets: tuple[str, ...] | None = setting(
        None,
        "Lengths that rows are padded to; the last must be --max_seq_length. "
        "With XLA, a program is compiled for each length. If left out: powers "
        "of two, or without XLA, four lengths per power of two.",
        section="Vocabulary and rows",
    )
    pack: bool = setting(
        False,
        "Whether to pack several texts into a row of --max_seq_length, in "
        "tasks of texts, pairs of texts and tags, and texts to write.",
        section="Vocabulary and rows",
    )
    long_texts: str = setting(
        "cut",
        "What to do about texts that are longer than --max_seq_length, in "
        "classification, regression and multilabel tasks. cut: keep the "
        "beginning. head_tail: keep the first quarter of a row from the "
        "beginning and the rest from the end. windows: read the whole text in "
        "overlapping windows, whose vectors are pooled.",
        section="Long texts and questions",
        choices=("cut", "head_tail", "windows"),
        remembered="form",
    )
    max_windows: int = setting(
        8,
        "Maximum number of windows of a text, with --long_texts=windows. The "
        "rest of the text is not read.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    max_qa_length: int = setting(
        128,
        "Maximum number of tokens in a choice, in multiple choice; in RACE, "
        "of a question and an option together.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    doc_stride: int = setting(
        128,
        "Number of tokens from the start of one window to the next, in span "
        "tasks and with --long_texts=windows, where the default is three "
        "quarters of --max_seq_length.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    max_query_length: int = setting(
        64,
        "Maximum number of tokens in a question, in span tasks.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    n_best_size: int = setting(
        20,
        "Number of answers to keep per question, in span tasks.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    max_answer_length: int = setting(
        30,
        "Maximum number of tokens in an answer, in span tasks.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    null_score_threshold: float | None = setting(
        None,
        "Null score above which a question is predicted to have no answer. If "
        "left out, evaluation tunes it on each half of the questions and "
        "applies it to the other half, and prediction uses the threshold from "
        "the model's last evaluation.",
        section="Long texts and questions",
    )
    labels: tuple[str, ...] | None = setting(
        None,
        "Names of the model's classes, in the order of its outputs, to use if "
        "the files beside it have none or to override them. Not for training.",
        section="Model",
        decides="labels",
    )
