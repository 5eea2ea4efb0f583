"""The flags of albert-tf finetune that are about tasks and their data."""

import os

from absl import flags

from data_pipeline.commands import command_help
from data_pipeline.tasks import custom_flags
from data_pipeline.tasks import problems
from data_pipeline.tasks import table
from data_pipeline.tasks.choices import race


def define() -> None:
    define_data()
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    command_help.section("Vocabulary and rows")
    string(
        "spm_model_file",
        None,
        "Vocabulary, needed when the checkpoint has none beside it: a "
        "SentencePiece model, a vocab.txt, a folder with a saved tokenizer, or "
        "one of Hugging Face's.",
    )
    flags.DEFINE_bool(
        "do_lower_case",
        None,
        "Whether to lower-case text. If left out, as the files beside the "
        "vocabulary say, or True without such files.",
    )
    integer(
        "max_seq_length",
        None,
        "Maximum number of tokens per row. If left out, the recipe's.",
        8,
    )
    flags.DEFINE_list(
        "length_buckets",
        None,
        "Lengths that rows are padded to; the last must be --max_seq_length. "
        "With XLA, a program is compiled for each. If left out: powers of two, "
        "or without XLA four lengths per power of two.",
    )
    flags.DEFINE_bool(
        "pack",
        False,
        "Whether to pack several texts into a row of --max_seq_length. For "
        "tasks of texts, pairs and tags.",
    )
    command_help.section("Long texts and questions")
    integer(
        "max_qa_length",
        128,
        "Maximum number of tokens in a question and option together, in RACE.",
        1,
    )
    integer(
        "doc_stride",
        128,
        "Number of tokens from the start of one window to the next, in span "
        "tasks.",
        1,
    )
    integer(
        "max_query_length",
        64,
        "Maximum number of tokens in a question, in span tasks.",
        1,
    )
    integer(
        "n_best_size",
        20,
        "Number of answers to keep per question, in span tasks.",
        1,
    )
    integer(
        "max_answer_length",
        30,
        "Maximum number of tokens in an answer, in span tasks.",
        1,
    )
    flags.DEFINE_float(
        "null_score_threshold",
        None,
        "Null score above which a question is predicted to have no answer. If "
        "left out, evaluation finds it on each half of the questions and uses "
        "it on the other half, and prediction uses the one of the model's last "
        "evaluation.",
    )
    command_help.section("Data")
    string(
        "cached_dir",
        None,
        "Folder for encoded data. If left out, cache/ in --output_dir.",
    )
    integer(
        "num_workers",
        os.cpu_count(),
        "Number of processes that encode span tasks.",
        1,
    )
    command_help.section("Model")
    flags.DEFINE_list(
        "labels",
        None,
        "Names of the model's classes in the order of its outputs, if no file "
        "beside it says them or others are meant. Not for training.",
    )


def define_data() -> None:
    """Those that say what the data is and where."""
    string = flags.DEFINE_string
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    names = ", ".join((*table.TASKS, table.CUSTOM))
    command_help.section("Data")
    flags.DEFINE_list(
        "task_name",
        None,
        f"Task, or tasks to train at once, separated by commas: {names}.",
    )
    string(
        "data_dir",
        None,
        "Folder of the task's data in its official layout; with several "
        "tasks, the folder that holds one for each.",
    )
    verbs = {"train": "train on", "eval": "evaluate on", "predict": "predict"}
    for part, verb in verbs.items():
        string(
            f"{part}_file",
            None,
            f"File to {verb}, instead of the one in --data_dir.",
        )
    flags.DEFINE_float(
        "eval_fraction",
        None,
        "Share of the training rows to hold out for evaluation, above 0 and "
        "below 1, if there is no file for it. Which rows follows from a hash "
        "of their texts, so that equal texts stay on one side, as do the "
        "questions on a passage.",
    )
    boolean(
        "tfds",
        False,
        "Whether to take GLUE's data from TensorFlow Datasets.",
    )
    enum(
        "on_bad_row",
        "stop",
        list(problems.ON_BAD_ROW),
        "What to do about rows that cannot be used. skip: leave them out and "
        "count them; each still gets a prediction.",
    )
    enum(
        "level",
        "all",
        ["all", *race.LEVELS],
        "Which of RACE's passages to use, by school level.",
    )
    custom_flags.define()
