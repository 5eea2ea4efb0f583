"""The tasks that ALBERT was published on, one row each."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """Everything known about a task before its data is read.

    Attributes:
        name: its name in --task_name.
        kind: a name in kinds.KINDS, which decides how the task is read,
            encoded, predicted and scored.
        labels: the classes, in order; () if they are learned from data.
        label_names: the names that published models give to numbered classes.
        metric: the main metric, one of those that the kind's `score` returns.
        evaluation: names of the labeled splits to evaluate on.
        tests: names of the splits to predict.
        folder: its folder in the GLUE download.
        columns: the columns of the texts, as headers name them.
        label_column: the column of the label.
        unnamed_columns: the names of all columns, for files without a header.
        files: possible file names of each split, if not <split>.tsv.
        submission: for each split to predict, the file name on the GLUE site.
        tfds: the config of TFDS' `glue`, if it is not `name`.
        tfds_columns: the columns of the texts in TFDS, if they differ.
        unanswerable: whether questions may have no answer.
        is_folder: whether a split is a folder instead of a file.
    """

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()
    metric: str = "accuracy"
    evaluation: tuple[str, ...] = ("dev",)
    tests: tuple[str, ...] = ("test",)
    folder: str = ""
    columns: tuple[str, ...] = ("sentence1", "sentence2")
    label_column: str = "label"
    unnamed_columns: tuple[str, ...] = ()
    files: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    submission: tuple[str, ...] = ()
    tfds: str = ""
    tfds_columns: tuple[str, ...] = ()
    unanswerable: bool = False
    is_folder: bool = False


_ENTAILMENT = ("entailment", "not_entailment")
# In the order of google-research/albert and its checkpoints.
_MNLI = ("contradiction", "entailment", "neutral")
_BINARY = ("0", "1")

_GLUE = (
    Task(
        name="cola",
        kind="classification",
        labels=_BINARY,
        label_names=("unacceptable", "acceptable"),
        metric="matthews",
        folder="CoLA",
        columns=("sentence",),
        unnamed_columns=("source", "label", "mark", "sentence"),
        submission=("CoLA.tsv",),
    ),
    Task(
        name="sst-2",
        kind="classification",
        labels=_BINARY,
        label_names=("negative", "positive"),
        folder="SST-2",
        columns=("sentence",),
        submission=("SST-2.tsv",),
        tfds="sst2",
    ),
    Task(
        name="mrpc",
        kind="classification",
        labels=_BINARY,
        label_names=("not_equivalent", "equivalent"),
        metric="accuracy_and_f1",
        folder="MRPC",
        columns=("#1 String", "#2 String"),
        label_column="Quality",
        tfds_columns=("sentence1", "sentence2"),
        submission=("MRPC.tsv",),
    ),
    Task(
        name="sts-b",
        kind="regression",
        metric="pearson_and_spearman",
        folder="STS-B",
        label_column="score",
        submission=("STS-B.tsv",),
        tfds="stsb",
    ),
    Task(
        name="qqp",
        kind="classification",
        labels=_BINARY,
        label_names=("not_duplicate", "duplicate"),
        metric="accuracy_and_f1",
        folder="QQP",
        columns=("question1", "question2"),
        label_column="is_duplicate",
        submission=("QQP.tsv",),
    ),
    Task(
        name="mnli",
        kind="classification",
        labels=_MNLI,
        evaluation=("dev_matched", "dev_mismatched"),
        tests=("test_matched", "test_mismatched"),
        folder="MNLI",
        label_column="gold_label",
        tfds_columns=("premise", "hypothesis"),
        submission=("MNLI-m.tsv", "MNLI-mm.tsv"),
    ),
    Task(
        name="qnli",
        kind="classification",
        labels=_ENTAILMENT,
        folder="QNLI",
        columns=("question", "sentence"),
        submission=("QNLI.tsv",),
    ),
    Task(
        name="rte",
        kind="classification",
        labels=_ENTAILMENT,
        folder="RTE",
        submission=("RTE.tsv",),
    ),
    Task(
        name="wnli",
        kind="classification",
        labels=_BINARY,
        label_names=("not_entailment", "entailment"),
        folder="WNLI",
        submission=("WNLI.tsv",),
    ),
    # Diagnoses models trained on MNLI; it has no training data.
    Task(
        name="ax",
        kind="classification",
        labels=_MNLI,
        metric="matthews",
        evaluation=(),
        # The names in GLUE's download script and on its site.
        files={
            "test": (
                "diagnostic/diagnostic.tsv",
                "diagnostic.tsv",
                "AX/AX.tsv",
                "AX.tsv",
            )
        },
        tfds_columns=("premise", "hypothesis"),
        submission=("AX.tsv",),
    ),
)

TASKS = {
    task.name: task
    for task in (
        *_GLUE,
        Task(name="race", kind="multiple_choice", is_folder=True),
        Task(
            name="squad1",
            kind="span",
            metric="f1",
            tests=("dev",),
            files={"train": ("train-v1.1.json",), "dev": ("dev-v1.1.json",)},
        ),
        Task(
            name="squad2",
            kind="span",
            metric="f1",
            tests=("dev",),
            files={"train": ("train-v2.0.json",), "dev": ("dev-v2.0.json",)},
            unanswerable=True,
        ),
        Task(
            name="tagging",
            kind="tagging",
            metric="f1",
            files={
                "train": ("train.txt",),
                "dev": ("valid.txt",),
                "test": ("test.txt",),
            },
        ),
    )
}
CUSTOM = "custom"  # A user's own task; --task_type names its kind.


def named(name: str) -> Task:
    """The task of this name; "SST-2", "sst2" and "sst_2" are the same.

    Raises:
        ValueError: there is no such task.
    """
    wanted = _plain(name)
    for task in TASKS.values():
        if _plain(task.name) == wanted:
            return task
    raise ValueError(
        f"--task_name must be one of {', '.join((*TASKS, CUSTOM))}. Received: "
        f"{name!r}. For your own data, use {CUSTOM} and --task_type."
    )


def metrics_of(task: Task) -> set[str]:
    """The main metric of a task, and its official one if that is another."""
    official = TASKS.get(task.name)
    return {task.metric} | ({official.metric} if official else set())


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")
