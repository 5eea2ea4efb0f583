r"""Prunes heads and feed-forward units of a fine-tuned model.

    albert-tf prune --checkpoint=runs/sst-2 --task_name=sst-2 --data_dir=glue \
        --output=pruned --keep_heads=4 --keep_width=0.5

writes a smaller model that albert_tf.load reads, to be fine-tuned further
(albert-tf finetune --init_checkpoint=pruned) and exported. Several sizes,

    albert-tf prune --checkpoint=runs/sst-2 --task_name=sst-2 --data_dir=glue \
        --output=sizes --keep_heads=6,4,2 --keep_width=384,256,128

go to separate folders, such as sizes/heads_4_width_256, with their scores in
sizes/curve.json and curve.png (which needs matplotlib). To add the scores of
fine-tuned sizes, fine-tune them into folders of the same name with _tuned
appended, and rerun the same command. Encoded data is cached beside the
checkpoint.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import prune
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.prune import PruneResult

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output",
    "task_name",
    "data_dir",
    "keep_heads",
    "keep_width",
)


def run() -> None:
    config_flags.run(
        prune.PruneConfig,
        "albert_tf.workflows.prune:prune",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "PruneResult") -> None:
    if result.curve is None:
        return
    print(
        f"{'heads':>6}{'width':>7}{'parameters':>12}{'Mflops':>8}"
        f"{result.metric:>12}{'tuned':>8}"
    )
    for size in result.sizes:
        tuned = size["tuned_score"]
        print(
            f"{size['heads']:>6}{size['width']:>7}"
            f"{size['parameters']:>12,}{size['flops'] / 1e6:>8.2f}"
            f"{size['score']:>12.4f}"
            f"{'' if tuned is None else f'{tuned:.4f}':>8}"
        )
    print(f"Written: {result.curve}.json, {result.curve}.png")
