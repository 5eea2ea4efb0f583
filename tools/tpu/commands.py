"""The gcloud commands, as words, and what they run on the hosts."""

import dataclasses
import pathlib
import shlex
from collections.abc import Sequence

from albert_tf.runs import secrets
from tools.tpu import gcloud

HOST_SCRIPT = pathlib.Path(__file__).parent / "host.py"
# In the home folder of each host, where ssh and scp begin.
REMOTE_SCRIPT = "albert_tf_host.py"
_ENVIRONMENT = "albert_tf_env"
_PYTHON = f"{_ENVIRONMENT}/bin/python"
# The newest tensorflow-tpu, and a libtpu that it can load. albert_tf and
# tensorflow-text ask for tensorflow, which must not be installed beside it.
_PACKAGES = (
    "tensorflow-tpu==2.20.0",
    "libtpu<0.0.28",
    "tensorflow-text==2.20.1",
    # Reads records in gs://.
    "gcsfs",
)
_WITHOUT_TENSORFLOW = 'tensorflow; python_version < "0"'


@dataclasses.dataclass(frozen=True)
class Node:
    """A queued resource and the one node in it, which has the same name."""

    name: str
    zone: str
    project: str | None = None

    @property
    def place(self) -> list[str]:
        project = [f"--project={self.project}"] if self.project else []
        return [f"--zone={self.zone}", *project]


def create(
    node: Node,
    accelerator_type: str,
    runtime_version: str,
    spot: bool,
    valid_until_duration: str | None,
) -> gcloud.Command:
    words = [
        *("create", node.name, f"--node-id={node.name}", *node.place),
        f"--accelerator-type={accelerator_type}",
        f"--runtime-version={runtime_version}",
    ]
    if spot:
        words.append("--spot")
    if valid_until_duration:
        words.append(f"--valid-until-duration={valid_until_duration}")
    return _queued_resources(words)


def describe(node: Node) -> gcloud.Command:
    format = "--format=value(state.state)"
    return _queued_resources(["describe", node.name, *node.place, format])


def delete(node: Node) -> gcloud.Command:
    flags = ["--force", "--quiet"]
    return _queued_resources(["delete", node.name, *node.place, *flags])


def install(node: Node, package: str) -> list[gcloud.Command]:
    """Copies the package if it is a file, installs it, and copies the script.

    The script comes last: a host that has it has everything.
    """
    commands = []
    if package.endswith(".whl"):
        commands.append(_copy(node, package, ""))
        package = f"./{pathlib.PurePath(package).name}"
    steps = [
        # Ubuntu has venv in a package of its own.
        f"python3 -m venv --clear {_ENVIRONMENT} || "
        "{ sudo apt-get update && sudo apt-get install --yes python3-venv && "
        f"python3 -m venv --clear {_ENVIRONMENT}; }}",
        f"{_PYTHON} -m pip install --quiet uv",
        f"echo {shlex.quote(_WITHOUT_TENSORFLOW)} > {_ENVIRONMENT}/overrides",
        shlex.join(
            [
                *(f"{_ENVIRONMENT}/bin/uv", "pip", "install", "--quiet"),
                f"--python={_PYTHON}",
                f"--override={_ENVIRONMENT}/overrides",
                *_PACKAGES,
                package,
            ]
        ),
    ]
    commands.append(_ssh(node, " && ".join(f"{{ {x}; }}" for x in steps)))
    commands.append(_copy(node, str(HOST_SCRIPT), REMOTE_SCRIPT))
    return commands


def start(node: Node, logs: str, training: Sequence[str]) -> gcloud.Command:
    """Starts the training on all hosts, unless it is running there."""
    begin = [_PYTHON, REMOTE_SCRIPT, "start", f"--logs={logs}", "--"]
    return _ssh(
        node,
        shlex.join([*begin, *training]),
        shlex.join([*begin, *secrets.hidden(training)]),
    )


def stop(node: Node) -> gcloud.Command:
    return _ssh(node, shlex.join([_PYTHON, REMOTE_SCRIPT, "stop"]))


def status(node: Node) -> gcloud.Command:
    """Asks the host that trains."""
    ask = shlex.join([_PYTHON, REMOTE_SCRIPT, "status"])
    missing = f"echo {shlex.quote('not installed')}"
    line = f"if [ -e {REMOTE_SCRIPT} ]; then {ask}; else {missing}; fi"
    return _ssh(node, line, worker="0")


def _queued_resources(words: list[str]) -> gcloud.Command:
    return _plain("gcloud", "compute", "tpus", "queued-resources", *words)


def _copy(node: Node, source: str, target: str) -> gcloud.Command:
    return _plain(
        *("gcloud", "compute", "tpus", "tpu-vm", "scp", source),
        *(f"{node.name}:{target}", *node.place, "--worker=all", "--quiet"),
    )


def _ssh(
    node: Node, line: str, shown: str | None = None, worker: str = "all"
) -> gcloud.Command:
    begin = ("gcloud", "compute", "tpus", "tpu-vm", "ssh", node.name)
    begin = (*begin, *node.place, f"--worker={worker}")
    return gcloud.Command(
        (*begin, f"--command={line}", "--quiet"),
        (*begin, f"--command={line if shown is None else shown}", "--quiet"),
    )


def _plain(*words: str) -> gcloud.Command:
    return gcloud.Command(words, words)
