"""A run's numbers as a table and its curves as a picture.

    python -m albert_tf.training.report runs/demo/pretrain

prints the held-out metrics next to their baselines, and writes curves.png into
the run's folder. Takes matplotlib.
"""

import json
import os
import sys

from albert_tf.training import run_folder

RESULTS_FILE = "eval_results.json"
CURVES_FILE = "curves.png"

# What is evaluated, and the baseline that it has to beat.
_ROWS = (
    ("masked-LM loss (nats)", "mlm_loss", "unigram_loss", "unigram entropy"),
    (
        "masked-LM accuracy",
        "mlm_accuracy",
        "most_frequent_accuracy",
        "most frequent token",
    ),
    (
        "sentence-order accuracy",
        "sentence_order_accuracy",
        "label_majority",
        "label majority",
    ),
)


def table(results: dict[str, float]) -> str:
    """The held-out metrics of `run_pretraining.py --do_eval`, as text."""
    lines = [f"{'held out':<26}{'model':>8}{'baseline':>10}"]
    for title, metric, baseline, name in _ROWS:
        lines.append(
            f"{title:<26}{results[metric]:>8.3f}{results[baseline]:>10.3f}"
            f"  {name}"
        )
    lines.append(
        f"over {results['masked_tokens']:,} masked tokens, "
        f"{results['examples']:,} sentence-order examples"
    )
    return "\n".join(lines)


def draw_curves(
    rows: list[dict], results: dict[str, float] | None, path: str
) -> None:
    """Draws losses and accuracies over the steps into a PNG.

    Args:
        rows: of metrics.jsonl.
        results: for the lines of the baselines, if there are any.
        path: of the PNG.
    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise ImportError(
            "Drawing curves takes matplotlib. Install it with: pip install "
            "'albert_tf[demo]'"
        ) from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(15, 4.2))
    for axis, (title, metric, baseline, name) in zip(axes, _ROWS, strict=True):
        for kind, label, style in (
            ("train", "training", {"alpha": 0.5}),
            ("eval", "held out", {"marker": "o", "markersize": 4}),
        ):
            points = [
                (row["step"], row[metric])
                for row in rows
                if row["kind"] == kind
            ]
            if points:
                axis.plot(*zip(*points, strict=True), label=label, **style)
        if results:
            axis.axhline(
                results[baseline], color="gray", linestyle="--", label=name
            )
        axis.set(title=title, xlabel="step")
        axis.grid(alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main(argv: list[str]) -> None:
    if len(argv) != 2:
        sys.exit("Usage: python -m albert_tf.training.report RUN_DIR")
    folder = argv[1]
    rows = run_folder.read_metrics(folder)
    if not rows:
        sys.exit(
            f"Error: A run's folder holds {run_folder.METRICS_FILE}. "
            f"Received: {folder}, without one."
        )
    results = None
    results_path = os.path.join(folder, RESULTS_FILE)
    if os.path.exists(results_path):
        with open(results_path) as file:
            results = json.load(file)
        print(table(results))
    curves = os.path.join(folder, CURVES_FILE)
    try:
        draw_curves(rows, results, curves)
    except ImportError as error:
        sys.exit(f"Error: {error}")
    print(f"Curves: {curves}")


if __name__ == "__main__":
    main(sys.argv)
