"""The titles of a run's numbers, their order and their baselines."""

# For each number of a pretraining's evaluation: its title, the key of its
# baseline, and a description of that.
BASELINES = {
    "mlm_loss": ("masked-LM loss (nats)", "unigram_loss", "unigram entropy"),
    "mlm_accuracy": (
        "masked-LM accuracy",
        "most_frequent_accuracy",
        "most frequent token",
    ),
    "sentence_order_accuracy": (
        "sentence-order accuracy",
        "label_majority",
        "label majority",
    ),
}

# Keys and descriptions of the baselines of fine-tuning. Keys may begin with the
# name of a task and a slash.
_TASK_BASELINES = {
    "loss": ("baseline_loss", "without reading"),
    "score": ("baseline", "without reading"),
}

# The section about the quality of a model.
LEARNING = "Learning"

# The sections, each with the titles of the known keys.
SECTIONS = {
    LEARNING: {
        "score": "score (mean of the main metrics)",
        "mlm_loss": BASELINES["mlm_loss"][0],
        "mlm_accuracy": BASELINES["mlm_accuracy"][0],
        "sentence_order_loss": "sentence-order loss (nats)",
        "sentence_order_accuracy": BASELINES["sentence_order_accuracy"][0],
        "loss": "loss",
        "perplexity": "masked-LM perplexity",
        "accuracy": "accuracy",
        "matthews": "Matthews correlation",
        "accuracy_and_f1": "mean of accuracy and F1",
        "exact_match": "exact match (%)",
        "exact": "exact match (%)",
        "HasAns_exact": "exact match, with an answer (%)",
        "NoAns_exact": "exact match, without an answer (%)",
        "HasAns_f1": "F1, with an answer (%)",
        "NoAns_f1": "F1, without an answer (%)",
        "f1": "F1",
        "precision": "precision",
        "recall": "recall",
        "micro_f1": "micro F1",
        "macro_f1": "macro F1",
        "pearson_and_spearman": "mean of Pearson and Spearman",
        "pearson": "Pearson correlation",
        "spearman": "Spearman correlation",
        "mean_squared_error": "mean squared error",
        "chrf": "chrF",
        "bleu": "BLEU",
        "rouge1": "ROUGE-1",
        "rouge2": "ROUGE-2",
        "rougeL": "ROUGE-L",
    },
    "Optimization": {
        "learning_rate": "learning rate",
        "gradient_norm": "gradient norm before clipping",
    },
    "Speed": {
        "sequences_per_second": "sequences per second",
        "tokens_per_second": "tokens per second",
        "model_flop_utilisation": "model FLOP utilization",
        "input_wait_share": "share of time waiting for input",
    },
    "Other": {
        "examples": "sentence-order examples",
        "rows": "rows evaluated",
        "predicted_classes": "predicted classes",
        "threshold": "threshold of the null score",
    },
}
# Metrics that classes, types of entities and groups of questions also have.
_OF_GROUPS = ("precision", "recall", "f1", "accuracy")
# Keys without a curve: counts, which are constant or do not measure learning;
# the squared error, which is the loss; and exact match, which F1 covers.
_NO_CURVES = (
    "examples",
    "masked_tokens",
    "rows",
    "missing",
    "baseline",
    "baseline_loss",
    "predicted_classes",
    "mean_squared_error",
    "HasAns_exact",
    "NoAns_exact",
)
_LOWER_IS_BETTER = ("loss", "perplexity", "mean_squared_error")
_COUNTS = ("rows", "examples", "predicted_classes", "parameters")


def of(key: str) -> str:
    """The title of a number, after the name of its task or split if there are
    several."""
    for titles in SECTIONS.values():
        if key in titles:
            return titles[key]
    prefix, _, name = key.rpartition("/")
    if prefix and any(name in titles for titles in SECTIONS.values()):
        return f"{prefix.replace('/', ', ')}: {of(name)}"
    if prefix and group_of(key):
        return f"{of(prefix)}: {name}"
    return key.replace("_", " ")


def section_of(key: str) -> str:
    """The section of a number."""
    name = key.rpartition("/")[2]
    for section, titles in SECTIONS.items():
        if key in titles or name in titles:
            return section
    if "loss" in key or "accuracy" in key or group_of(key):
        return LEARNING
    return "Optimization" if key.endswith(("_ratio", "_norm")) else "Other"


def is_count(key: str) -> bool:
    """Whether a number only counts items of the data, or layers."""
    return key.rpartition("/")[2].endswith(("total", "missing", "num_layers"))


def rank(key: str) -> tuple[int, str]:
    """A sort key for keys: known ones come first."""
    known = [name for titles in SECTIONS.values() for name in titles]
    name = key.rpartition("/")[2]
    found = key if key in known else name
    return (known.index(found) if found in known else len(known), key)


def group_of(key: str) -> str | None:
    """The common prefix of a metric's numbers for all classes, such as f1 for
    f1/PER; None for a number that does not belong to a class."""
    prefix, _, name = key.rpartition("/")
    is_metric = any(name in titles for titles in SECTIONS.values())
    is_group = prefix.rpartition("/")[2] in _OF_GROUPS
    return prefix if is_group and not is_metric else None


def has_curve(key: str) -> bool:
    """Whether the page shows a number as a curve."""
    name = (group_of(key) or key).rpartition("/")[2]
    if group_of(key):
        return name in ("f1", "accuracy")
    return name not in _NO_CURVES and not is_count(name)


def is_main(key: str) -> bool:
    """Whether a number measures the quality of a model over all classes."""
    return (
        section_of(key) == LEARNING
        and group_of(key) is None
        and not is_baseline(key)
    )


def baseline_of(key: str) -> tuple[str, str] | tuple[None, None]:
    """The key of a number's baseline and a description; None if there is no
    baseline."""
    if key in BASELINES:
        return BASELINES[key][1:]
    prefix, slash, name = key.rpartition("/")
    if name in _TASK_BASELINES:
        baseline, words = _TASK_BASELINES[name]
        return prefix + slash + baseline, words
    return None, None


def is_baseline(key: str) -> bool:
    """Whether a number is a baseline."""
    names = [baseline for _, baseline, _ in BASELINES.values()]
    names += [baseline for baseline, _ in _TASK_BASELINES.values()]
    return key.rpartition("/")[2] in names


def better(key: str) -> int:
    """1 if more is better, -1 if less is better, otherwise 0."""
    name = key.rpartition("/")[2]
    if name.endswith(_LOWER_IS_BETTER):
        return -1
    titles = SECTIONS[LEARNING]
    is_measure = name in titles or "accuracy" in name
    return 1 if is_measure and name not in _COUNTS else 0
