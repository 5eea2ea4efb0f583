"""What `python -m tools.tpu` does, one function an action."""

import argparse
import time

from tools.tpu import commands
from tools.tpu import gcloud

# https://cloud.google.com/tpu/docs/queued-resources; a request in one of these
# states will never be filled again.
ENDED = ("FAILED", "SUSPENDED")
# The training asks to be started again with the same command.
RESUME_EXIT_CODE = 75
# Errors in a row, and failed requests in a row, after which `watch` gives up.
_MAX_ERRORS = 5
_MAX_REQUESTS = 3


def node_of(options: argparse.Namespace) -> commands.Node:
    return commands.Node(options.name, options.zone, options.project)


def state_of(node: commands.Node) -> str | None:
    """The state of a queued resource; None if there is none of that name."""
    try:
        return gcloud.answer(commands.describe(node))
    except gcloud.GcloudError as error:
        if error.is_missing:
            return None
        raise


def create(options: argparse.Namespace) -> None:
    node = node_of(options)
    state = None if options.dry_run else state_of(node)
    if state in ENDED:
        raise ValueError(
            f"A queued resource must not be {' or '.join(ENDED)}. Received: "
            f"{node.name}, which is {state}. Run `delete`, then `create`; "
            "`watch` does both."
        )
    if state is not None:
        print(f"{node.name} is there already: {state}.")
        return
    _create(node, options)


def install(options: argparse.Namespace) -> None:
    for command in commands.install(node_of(options), options.package):
        gcloud.run(command, options.dry_run)


def start(options: argparse.Namespace) -> None:
    command = commands.start(node_of(options), options.logs, options.training)
    gcloud.run(command, options.dry_run)


def stop(options: argparse.Namespace) -> None:
    gcloud.run(commands.stop(node_of(options)), options.dry_run)


def status(options: argparse.Namespace) -> None:
    node = node_of(options)
    if options.dry_run:
        print(commands.describe(node))
        print(commands.status(node))
        return
    state = state_of(node)
    print(f"{node.name}: {state or 'there is none'}")
    if state == "ACTIVE":
        print(f"training: {gcloud.answer(commands.status(node))}")


def delete(options: argparse.Namespace) -> None:
    node = node_of(options)
    if not options.dry_run and state_of(node) is None:
        print(f"{node.name} is not there.")
        return
    gcloud.run(commands.delete(node), options.dry_run)


def watch(options: argparse.Namespace) -> None:
    """Creates, installs and starts what is missing, until the training ends."""
    if options.dry_run:
        for action in (create, install, start, status):
            action(options)
        return
    progress = _Progress()
    while not _round(options, progress):
        time.sleep(options.seconds)


class _Progress:
    """What `watch` has seen: errors and failed requests in a row."""

    def __init__(self):
        self.errors = 0
        self.requests = 0
        self.seen: str | None = None

    def see(self, seen: str) -> None:
        if seen != self.seen:
            print(f"{time.strftime('%H:%M:%S')} {seen}", flush=True)
        self.seen = seen


def _round(options: argparse.Namespace, progress: _Progress) -> bool:
    """Does the next step, if there is one; whether the training has ended."""
    try:
        ended = _step(options, progress)
    except gcloud.GcloudError as error:
        progress.errors += 1
        if progress.errors == _MAX_ERRORS:
            raise
        print(f"{error} Trying again in {options.seconds} s.", flush=True)
        return False
    progress.errors = 0
    return ended


def _step(options: argparse.Namespace, progress: _Progress) -> bool:
    node = node_of(options)
    state = state_of(node)
    progress.see(f"{node.name}: {state or 'there is none'}")
    if state in ENDED:
        if state == "FAILED":
            progress.requests += 1
        if progress.requests == _MAX_REQUESTS:
            raise ValueError(
                f"A request must not fail {_MAX_REQUESTS} times in a row. "
                f"Received: {node.name}, which is FAILED. `gcloud compute tpus "
                f"queued-resources describe {node.name}` gives the reason."
            )
        gcloud.run(commands.delete(node), dry_run=False)
        state = None
    if state is None:
        _create(node, options)
    return state == "ACTIVE" and _train(node, options, progress)


def _train(
    node: commands.Node, options: argparse.Namespace, progress: _Progress
) -> bool:
    progress.requests = 0
    training = gcloud.answer(commands.status(node))
    progress.see(f"training: {training}")
    word, _, code = training.partition("exited ")
    if training == "running":
        return False
    if code == "0":
        return True
    if code and code != str(RESUME_EXIT_CODE):
        raise ValueError(
            f"The training must end with exit code 0, or {RESUME_EXIT_CODE} to "
            f"be started again. Received: {code}. Its log is in {options.logs}."
        )
    if code:
        gcloud.run(commands.stop(node), dry_run=False)  # on other hosts
    if word == "not installed":
        install(options)
    start(options)
    return False


def _create(node: commands.Node, options: argparse.Namespace) -> None:
    command = commands.create(
        node,
        options.accelerator_type,
        options.runtime_version,
        options.spot,
        options.valid_until_duration,
    )
    gcloud.run(command, options.dry_run)
