"""The final numbers of a run as a plain-text table."""

from albert_tf.reporting import baselines
from albert_tf.reporting import run_data
from albert_tf.reporting.parts import titles


def table(run: run_data.Run) -> str:
    """The held-out metrics of a run alongside their baselines, with the
    checkpoint and data; without evaluations, the metrics of training.

                                 model  baseline
        accuracy                0.7408    0.5092  most frequent class (1)
        loss                    0.5272    0.6930  label frequencies
        of best/ckpt-200, dev.tsv, 872 rows
    """
    values, origin = run.end_metrics()
    lines = [f"{'':<36}{'model':>12}{'baseline':>10}"]
    for key in sorted(
        filter(titles.is_main, values),
        key=lambda key: (key != run.main_metric, titles.rank(key)),
    ):
        value = values[key]
        if key == "score" and run.main_metric != "score":
            continue  # the same as that metric
        baseline, name = baselines.of_end(run, key)
        line = f"{titles.of(key):<36}{value:>12.4f}"
        if baseline is not None:
            line += f"{baseline:>10.4f}  {name}"
        lines.append(line)
    if "masked_tokens" in values and "examples" in values:
        lines.append(
            f"over {values['masked_tokens']:,} masked tokens, "
            f"{values['examples']:,} sentence-order examples"
        )
    return "\n".join([*lines, f"of {origin}"])
