r"""Checks a run before it starts, and reports every problem in one pass.

    albert-tf doctor pretrain --albert_config_file=examples/demo_config.json \
        --input_file='records/train/*.tfrecord' --output_dir=pretrained \
        --max_seq_length=64 --train_batch_size=32 --num_train_steps=2000
    albert-tf doctor finetune --task_name=custom --task_type=classification \
        --train_file=train.csv --eval_file=dev.csv \
        --init_checkpoint=pretrained --output_dir=run --do_train --do_eval

takes the flags of albert-tf pretrain or albert-tf finetune, but neither starts
nor writes anything. Each finding names the flag to change, errors first. The
exit code is 1 if any finding is an error.
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

from albert_tf.commands import finetune
from albert_tf.commands import pretrain
from albert_tf.commands import stage
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline import config as config_lib
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags
from data_pipeline.io import errors

if TYPE_CHECKING:
    from albert_tf.doctor.findings import Findings


class _Checked(NamedTuple):
    """A command whose runs the doctor checks.

    Attributes:
        config: its config.
        workflow: the function that checks a run, as "module:function".
        replaced: replacements for flags of the original.
        first: the flags that --help shows first.
    """

    config: type[config_lib.Config]
    workflow: str
    replaced: Mapping[str, str]
    first: tuple[str, ...]


_CHECKED = {
    "pretrain": _Checked(
        pretrain_config.PretrainConfig,
        "albert_tf.workflows.pretraining.doctor:check_pretraining",
        original_flags.PRETRAINING,
        pretrain.FIRST,
    ),
    "finetune": _Checked(
        finetune_config.FinetuneConfig,
        "albert_tf.workflows.finetuning.doctor:check_finetuning",
        original_flags.CLASSIFIER,
        finetune.FIRST,
    ),
}


def run() -> None:
    checked = _CHECKED[stage.take()]
    config_flags.run(
        checked.config,
        checked.workflow,
        __doc__,
        show=_show,
        check=_check_loading,
        replaced=checked.replaced,
        first=checked.first,
    )


def _check_loading(argv: list[str], values: dict[str, Any]) -> None:
    check_loading()


def check_loading() -> None:
    """Exits with the errors if TensorFlow cannot be imported."""
    from albert_tf.doctor import findings
    from albert_tf.doctor import installation

    found = findings.Findings(errors.USER_ERRORS)
    installation.check_loading(found, installation.packages())
    if found.all:
        print(found)
        print("Nothing else was checked. Repair the installation first.")
        sys.exit(1)


def _show(found: "Findings") -> None:
    print(found)
    sys.exit(1 if found.of("error") else 0)
