"""Which task, and where its data is."""

import dataclasses
import os

from data_pipeline.config import setting
from data_pipeline.tasks.configs import columns_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataConfig(columns_config.ColumnsConfig):
    """Data of a task."""

    task_name: tuple[str, ...] | None = setting(
        None,
        "Task, or tasks to train at once, separated by commas: cola, sst-2, "
        "mrpc, sts-b, qqp, mnli, qnli, rte, wnli, ax, race, squad1, squad2, "
        "tagging, custom.",
        section="Data",
        remembered="form",
    )
    data_dir: str | None = setting(
        None,
        "Folder of the task's data in its official layout; with several "
        "tasks, the folder that holds one for each.",
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
        "below 1, if there is no file for it. Which rows follows from a hash "
        "of their texts, so that equal texts stay on one side, as do the "
        "questions on a passage.",
        section="Data",
        remembered="place",
    )
    tfds: bool = setting(
        False,
        "Whether to take GLUE's data from TensorFlow Datasets.",
        section="Data",
        decides="data",
        remembered="place",
    )
    on_bad_row: str = setting(
        "stop",
        "What to do about rows that cannot be used. skip: leave them out and "
        "count them; each still gets a prediction.",
        section="Data",
        choices=("stop", "skip"),
        decides="data",
    )
    level: str = setting(
        "all",
        "Which of RACE's passages to use, by school level.",
        section="Data",
        choices=("all", "middle", "high"),
        decides="data",
        remembered="form",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskConfig(DataConfig):
    """Data of a task, and how it becomes rows."""

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
        "Vocabulary, needed when the checkpoint has none beside it: a "
        "SentencePiece model, a vocab.txt, a folder with a saved tokenizer, "
        "or one of Hugging Face's.",
        section="Vocabulary and rows",
        decides="tokenizer",
        is_local=True,
    )
    do_lower_case: bool | None = setting(
        None,
        "Whether to lower-case text. If left out, as the files beside the "
        "vocabulary say, or True without such files.",
        section="Vocabulary and rows",
        decides="tokenizer",
    )
    max_seq_length: int | None = setting(
        None,
        "Maximum number of tokens per row. If left out, the recipe's.",
        section="Vocabulary and rows",
        minimum=8,
        decides="max_seq_length",
    )
    length_buckets: tuple[str, ...] | None = setting(
        None,
        "Lengths that rows are padded to; the last must be --max_seq_length. "
        "With XLA, a program is compiled for each. If left out: powers of "
        "two, or without XLA four lengths per power of two.",
        section="Vocabulary and rows",
    )
    pack: bool = setting(
        False,
        "Whether to pack several texts into a row of --max_seq_length. For "
        "tasks of texts, pairs and tags.",
        section="Vocabulary and rows",
    )
    max_qa_length: int = setting(
        128,
        "Maximum number of tokens in a question and option together, in RACE.",
        section="Long texts and questions",
        minimum=1,
        remembered="form",
    )
    doc_stride: int = setting(
        128,
        "Number of tokens from the start of one window to the next, in span "
        "tasks.",
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
        "Null score above which a question is predicted to have no answer. If"
        " left out, evaluation finds it on each half of the questions and "
        "uses it on the other half, and prediction uses the one of the "
        "model's last evaluation.",
        section="Long texts and questions",
    )
    labels: tuple[str, ...] | None = setting(
        None,
        "Names of the model's classes in the order of its outputs, if no file"
        " beside it says them or others are meant. Not for training.",
        section="Model",
        decides="labels",
    )
