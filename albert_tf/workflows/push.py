"""albert_tf.push: a trained model to the Hugging Face Hub."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

from absl import logging

import albert_tf
from albert_tf.hub import huggingface
from albert_tf.hub import pushing
from albert_tf.workflows.configs import push as push_config
from albert_tf.workflows.exporting import repository as repository_files
from data_pipeline.io import interrupts


class PushedFile(NamedTuple):
    """A file of a push.

    Attributes:
        name: its path in the repository.
        size: in bytes.
        change: "new", "same" or "replaced", compared with the repository.
    """

    name: str
    size: int
    change: str


class PushResult(NamedTuple):
    """The output of a push, or of its dry run.

    Attributes:
        repository: its address, as hf://org/name[@branch].
        is_new: whether the repository did not exist before.
        files: the files of the push, by name.
        others: names of other files in the repository, which stay there.
        card: the model card: after a push the address of the repository's page,
            after a dry run the path of a copy.
        commit: the hash of the commit; None after a dry run.
    """

    repository: str
    is_new: bool
    files: Sequence[PushedFile]
    others: Sequence[str]
    card: str
    commit: str | None

    @property
    def replaced(self) -> list[str]:
        """The names of files that have other content in the repository."""
        return [file.name for file in self.files if file.change == "replaced"]

    @property
    def report(self) -> str:
        """The files, and what was or would be done with them."""
        width = max(len(file.name) for file in self.files)
        lines = [
            f"Repository: {self.repository}{' (new)' * self.is_new}",
            *(
                f"  {file.name:<{width}}  {file.size:>13,} bytes  {file.change}"
                for file in self.files
            ),
        ]
        if self.others:
            lines.append(f"Other files, which stay: {', '.join(self.others)}")
        if all(file.change == "same" for file in self.files):
            lines.append("Nothing to push: the repository has these files.")
        elif self.commit:
            lines.append(f"Pushed to {self.card}, commit {self.commit}")
        else:
            flags = "--yes --replace" if self.replaced else "--yes"
            lines += [
                f"Model card, to read before it is public: {self.card}",
                "This was a dry run: nothing was written to the Hub. To push, "
                f"run the same command with {flags}.",
            ]
        return "\n".join(lines)


def push(config: push_config.PushConfig) -> PushResult:
    """Pushes a model to the Hugging Face Hub, with a model card, in one commit.

    The files are those of an export's Hugging Face form, which transformers and
    `albert_tf.load` read, with a task.json and a README.md. They hold no paths
    of this machine. Unless `yes` is set, this is a dry run: the files are made
    and compared with those on the Hub, and nothing is written there.

    Args:
        config: the model, the repository, and the settings of the push.
    Returns:
        The files, and the commit.
    Raises:
        ImportError: huggingface_hub is missing.
        PermissionError: there is no token, or it may not write there.
        FileExistsError: files would be replaced, and `replace` is not set.
        OSError: the Hub cannot be reached, or refuses the push.
        ValueError: the address has another form, the model cannot be written
            for Hugging Face, or the repository is not private as it must be.

    Example:
        >>> config = albert_tf.PushConfig(
        ...     checkpoint="run", repository="hf://org/name", yes=True
        ... )
        >>> albert_tf.push(config).commit  # doctest: +SKIP
        '8e2f239c5f8a2c0f253781ca60135db913e5c80c'
    """
    repository = pushing.target(config.repository)
    pushing.check_access()
    remote = pushing.look(repository)
    _check_private(config, remote)
    with tempfile.TemporaryDirectory(prefix="albert_tf_push_") as temporary:
        with interrupts.at_end(lambda: shutil.rmtree(temporary)):
            return _push(config, repository, remote, temporary)


def _push(
    config: push_config.PushConfig,
    repository: huggingface.Repository,
    remote: pushing.Remote,
    temporary: str,
) -> PushResult:
    folder = os.path.join(temporary, "files")
    checkpoint = repository_files.write(config, repository, folder)
    files = _compared(folder, remote)
    names = [file.name for file in files]
    result = PushResult(
        config.repository,
        not remote.exists,
        files,
        sorted(set(remote.hashes) - {*names, ".gitattributes"}),
        pushing.page_of(repository),
        None,
    )
    if not config.yes:
        return result._replace(card=_kept_card(folder))
    if result.replaced and not config.replace:
        raise FileExistsError(
            "Files in a repository must not be replaced unless --replace says "
            f"so. Received: {config.repository}, which has other content in "
            f"{', '.join(result.replaced)}. Nothing was pushed. Name another "
            "repository or branch, or add --replace."
        )
    message = config.commit_message or (
        f"Push {checkpoint} with albert_tf {albert_tf.__version__}"
    )
    commit = pushing.commit(
        folder, names, repository, remote, message, config.private
    )
    logging.info("%s: commit %s.", config.repository, commit)
    return result._replace(commit=commit)


def _check_private(
    config: push_config.PushConfig, remote: pushing.Remote
) -> None:
    if config.private and remote.exists and not remote.is_private:
        raise ValueError(
            "With --private, the repository must be private or new. Received: "
            f"{config.repository}, which is public. Make it private in its "
            "settings on the Hub, name another one, or leave --private out."
        )


def _compared(folder: str, remote: pushing.Remote) -> list[PushedFile]:
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            change = pushing.change(path, remote.hashes.get(relative))
            found.append(PushedFile(relative, os.path.getsize(path), change))
    return sorted(found)


def _kept_card(folder: str) -> str:
    """Copies the card to a place where it stays, and returns its path."""
    kept = tempfile.mkdtemp(prefix="albert_tf_card_")
    card = os.path.join(folder, repository_files.CARD)
    return shutil.copy(card, kept)
