"""Checks initial weights: do they fit the model and the records' tokenizer?"""

from albert_tf import config as config_lib
from albert_tf import growth
from albert_tf import models
from albert_tf.doctor import findings
from albert_tf.interop import loading
from albert_tf.interop import weight_coverage

_FLAG = "--init_checkpoint"


def check(
    found: findings.Findings,
    path: str,
    config: config_lib.AlbertConfig,
    allow_partial_init: bool,
) -> None:
    """Checks that a checkpoint can initialize a model, as the run would do.

    Args:
        found: collects the findings.
        path: --init_checkpoint.
        config: the model's sizes.
        allow_partial_init: whether weights may be missing.
    """
    source = found.attempt(_FLAG, loading.open_source, path, config=config)
    if source is None:
        return
    model = models.AlbertPretrainer(config)
    coverage = found.attempt(
        _FLAG, loading.initialize, model, source, allow_partial_init
    )
    if coverage is None:
        return
    untrained = coverage.missing_heads()
    if coverage.missing or coverage.mismatched:
        found.warning(_FLAG, f"{_summary(coverage)} {_rest(untrained)}")
    else:
        found.fine(_FLAG, _summary(coverage))


def check_growth(
    found: findings.Findings, path: str, config: config_lib.AlbertConfig
) -> None:
    """Checks that the weights of --grow_from can grow into this config."""
    smaller = found.attempt("--grow_from", loading.load, path)
    if smaller is None:
        return
    values = {
        name: weight.numpy()
        for name, weight in models.named_weights(smaller).items()
    }
    grown = found.attempt(
        "--grow_from", growth.grow, values, smaller.config, config
    )
    if grown is not None:
        found.fine("--grow_from", f"{path} can grow into the config.")


def check_tokenizer(
    found: findings.Findings, path: str, theirs: str | None, ours: str
) -> None:
    """Checks that the weights and the records have the same tokenizer.

    Args:
        found: collects the findings.
        path: --init_checkpoint.
        theirs: fingerprint of the tokenizer beside the weights, if there is
            one.
        ours: fingerprint of the records' tokenizer.
    """
    if theirs is None:
        found.warning(
            _FLAG,
            f"There is no tokenizer beside {path}, so nothing shows whether "
            "its word embeddings match the records' pieces. Compare the "
            "vocabularies yourself.",
        )
    elif theirs != ours:
        found.error(
            _FLAG,
            "The records must be built with the tokenizer of the weights. "
            f"Received: {path} with {theirs}, and records with {ours}. Build "
            "the records with its vocabulary, or leave the weights out.",
        )
    else:
        found.fine(_FLAG, "Its tokenizer is that of the records.")


def _summary(coverage: weight_coverage.Coverage) -> str:
    return str(coverage).splitlines()[0]


def _rest(heads: list[str]) -> str:
    whole = f" Heads without weights: {', '.join(heads)}." if heads else ""
    return f"The other weights keep their random initial values.{whole}"
