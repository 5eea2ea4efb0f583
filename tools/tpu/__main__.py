"""Trains on a Cloud TPU that is asked for as a queued resource.

    python -m tools.tpu ACTION --name=NAME --zone=ZONE [...] [-- pretrain ...]

create   asks for a TPU; a second call changes nothing
install  puts tensorflow-tpu, a libtpu that fits, and albert_tf on its hosts
start    starts the training on its hosts, unless it runs there
stop     lets the training save and end
status   the state of the queued resource, and of the training
watch    does whatever is missing of create, install and start, again after a
         preemption, until the training has ended
delete   deletes the TPU and the queued resource

--dry_run prints the gcloud commands and runs nothing (docs/tpu.md).
"""

import argparse
import re
import sys

import albert_tf
from tools import options
from tools.tpu import actions

ACTIONS = {
    "create": actions.create,
    "install": actions.install,
    "start": actions.start,
    "stop": actions.stop,
    "status": actions.status,
    "watch": actions.watch,
    "delete": actions.delete,
}
# What an option must look like, and an example.
_FORMS = {
    "name": (r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "albert-base"),
    "zone": (r"[a-z]+-[a-z]+\d+-[a-z]", "us-west4-a"),
    "project": (r"[a-z][-a-z0-9.:]*[a-z0-9]", "my-project"),
    "accelerator_type": (r"v\d+[a-z]*-\d+", "v5litepod-8"),
    "runtime_version": (r"[a-z0-9][-a-z0-9._]*", "v2-alpha-tpuv5-lite"),
    "valid_until_duration": (r"\d+[smhd]", "6h"),
    "logs": (r"gs://[a-z0-9][-a-z0-9._]+(/[^\s?*\[\]#]*)?", "gs://bucket/logs"),
    "package": (r"[^\s-]\S*", "dist/albert_tf-0.1.0-py3-none-any.whl"),
}
_NEEDED = {
    "create": ["accelerator_type", "runtime_version"],
    "start": ["logs"],
    "watch": ["accelerator_type", "runtime_version", "logs"],
}


class _Parser(options.Parser):
    def parse_args(self, words=None):
        """Leaves what follows -- alone."""
        words, training = sys.argv[1:] if words is None else words, []
        if "--" in words:
            at = words.index("--")
            words, training = words[:at], words[at + 1 :]
        found = super().parse_args(words)
        found.training = training
        return found


def main(arguments: argparse.Namespace) -> None:
    for name in ["name", "zone", *_NEEDED.get(arguments.action, [])]:
        if getattr(arguments, name) is None:
            raise ValueError(
                f"{arguments.action} needs --{name}. Received: none. An "
                f"example: --{name}={_FORMS[name][1]}."
            )
    for name, (form, example) in _FORMS.items():
        value = getattr(arguments, name)
        if value is not None and not re.fullmatch(form, value):
            raise ValueError(
                f"--{name} must look like {example}. Received: {value!r}."
            )
    if arguments.action in ("start", "watch"):
        _check_training(arguments.training)
    elif arguments.training:
        raise ValueError(
            "Only `start` and `watch` take arguments after --. Received: "
            f"{arguments.action}."
        )
    ACTIONS[arguments.action](arguments)


def _check_training(training: list[str]) -> None:
    if not training or training[0] not in ("pretrain", "finetune"):
        raise ValueError(
            "`-- pretrain ...` or `-- finetune ...` must follow. Received: "
            f"{' '.join(training[:1]) or 'nothing'}."
        )
    values = {}
    for word, following in zip(training, [*training[1:], ""], strict=True):
        flag, equals, value = word.partition("=")
        if flag.startswith("-"):
            values[flag.lstrip("-")] = value if equals else following
    for flag in ("strategy", "tpu", "tpu_name"):
        if flag in values:
            raise ValueError(
                f"--{flag} must be left out: the hosts know it. Received: "
                f"--{flag}={values[flag]}."
            )
    folder = values.get("output_dir", "")
    if not folder.startswith("gs://"):
        raise ValueError(
            "--output_dir must begin with gs://, since a preempted host loses "
            f"its disk. Received: {folder!r}."
        )


def make_parser() -> _Parser:
    parser = _Parser(__doc__)
    parser.prog = "python -m tools.tpu"
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--name", help="of the queued resource and its node")
    parser.add_argument("--zone", help="such as us-west4-a")
    parser.add_argument("--project", help="gcloud's project if left out")
    parser.add_argument("--accelerator_type", help="such as v5litepod-8")
    parser.add_argument("--runtime_version", help="such as v2-alpha-tpuv5-lite")
    options.add_switch(parser, "--spot", "a TPU that may be preempted")
    parser.add_argument(
        "--valid_until_duration", help="the request ends after it, such as 6h"
    )
    parser.add_argument(
        "--package",
        default=f"albert_tf=={albert_tf.__version__}",
        help="a wheel, or what pip is to install",
    )
    parser.add_argument("--logs", help="folder for logs, gs://bucket/folder")
    parser.add_argument(
        "--seconds",
        type=options.at_least(1),
        default=60,
        help="between two looks of watch",
    )
    options.add_switch(parser, "--dry_run", "print commands, and run nothing")
    return parser


if __name__ == "__main__":
    options.run(main, make_parser())
