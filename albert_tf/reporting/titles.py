"""What numbers of runs are called, and what they have to beat."""

# What is evaluated in pretraining, its title, the baseline that it has to
# beat, and what that is.
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

# The same of fine-tuning, whose names may have the task's before a slash.
_TASK_BASELINES = {
    "loss": ("baseline_loss", "without reading"),
    "score": ("baseline", "without reading"),
}

# The section that says how good a model is.
LEARNING = "Learning"

# Sections, and in each the titles of the keys that are known.
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
    },
    "Optimization": {
        "learning_rate": "learning rate",
        "gradient_norm": "gradient norm before clipping",
    },
    "Speed": {
        "sequences_per_second": "sequences per second",
        "tokens_per_second": "tokens per second",
        "model_flop_utilisation": "model FLOP utilisation",
        "input_wait_share": "share of the time waiting for input",
    },
    "Other": {
        "examples": "sentence-order examples",
        "rows": "rows evaluated",
        "predicted_classes": "predicted classes",
        "threshold": "threshold of the null score",
    },
}
# Metrics that a class, a type of entity or a group of questions has too.
_OF_GROUPS = ("precision", "recall", "f1", "accuracy")
# Counts and the like, which are the same at each step or no measure of
# learning; the squared error, which the loss is; and what F1 says better.
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
    """The title of a number; of several tasks or parts behind their name."""
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
    name = key.rpartition("/")[2]
    for section, titles in SECTIONS.items():
        if key in titles or name in titles:
            return section
    if "loss" in key or "accuracy" in key or group_of(key):
        return LEARNING
    return "Optimization" if key.endswith(("_ratio", "_norm")) else "Other"


def is_count(key: str) -> bool:
    """Whether it only says how much of something there was in the data."""
    return key.rpartition("/")[2].endswith(("total", "missing"))


def rank(key: str) -> tuple[int, str]:
    """Orders keys: those that are known first."""
    known = [name for titles in SECTIONS.values() for name in titles]
    name = key.rpartition("/")[2]
    found = key if key in known else name
    return (known.index(found) if found in known else len(known), key)


def group_of(key: str) -> str | None:
    """What the numbers of all classes begin with: of f1/PER f1; None for a
    number that is of no class."""
    prefix, _, name = key.rpartition("/")
    is_metric = any(name in titles for titles in SECTIONS.values())
    is_group = prefix.rpartition("/")[2] in _OF_GROUPS
    return prefix if is_group and not is_metric else None


def has_curve(key: str) -> bool:
    name = (group_of(key) or key).rpartition("/")[2]
    if group_of(key):
        return name in ("f1", "accuracy")
    return name not in _NO_CURVES and not is_count(name)


def is_main(key: str) -> bool:
    """Whether it says how good a model is, over all classes."""
    return (
        section_of(key) == LEARNING
        and group_of(key) is None
        and not is_baseline(key)
    )


def baseline_of(key: str) -> tuple[str, str] | tuple[None, None]:
    """The key of the baseline, and what that is."""
    if key in BASELINES:
        return BASELINES[key][1:]
    prefix, slash, name = key.rpartition("/")
    if name in _TASK_BASELINES:
        baseline, words = _TASK_BASELINES[name]
        return prefix + slash + baseline, words
    return None, None


def is_baseline(key: str) -> bool:
    names = [baseline for _, baseline, _ in BASELINES.values()]
    names += [baseline for baseline, _ in _TASK_BASELINES.values()]
    return key.rpartition("/")[2] in names


def better(key: str) -> int:
    """1 where more is better, -1 where less is, 0 where neither."""
    name = key.rpartition("/")[2]
    if name.endswith(_LOWER_IS_BETTER):
        return -1
    titles = SECTIONS[LEARNING]
    is_measure = name in titles or "accuracy" in name
    return 1 if is_measure and name not in _COUNTS else 0
