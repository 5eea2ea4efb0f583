"""Pushes a trained model to the Hugging Face Hub, with a model card.

    albert-tf push run hf://org/name
    albert-tf push run hf://org/name --yes

The first command is a dry run: it makes all files, lists them beside those in
the repository, and writes nothing to the Hub. The second one pushes them in one
commit, and creates the repository if it does not exist. The files are those
that transformers and albert_tf.load read: weights, config and tokenizer, the
task, and a README.md with how the model was trained and evaluated. Tokens come
from `hf auth login` or HF_TOKEN.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import push
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.push import PushResult

# Shown before all others by --help.
_FIRST = ("yes", "replace", "private", "license", "savedmodel")


def run() -> None:
    config_flags.run(
        push.PushConfig,
        "albert_tf.workflows.push:push",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "PushResult") -> None:
    print(result.report)
