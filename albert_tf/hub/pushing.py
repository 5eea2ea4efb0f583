"""Files to a model's repository on the Hugging Face Hub, in one commit."""

import contextlib
import os
import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from albert_tf.hub import digests
from albert_tf.hub import huggingface
from albert_tf.hub import names

_TIMEOUT = 30.0  # seconds, for the first answer
_SHOWN = 300  # characters of what a server says


class Remote(NamedTuple):
    """The state of the repository that files are pushed to.

    exists: whether there is such a repository.
    has_branch: whether it has the branch that is pushed to.
    is_private: whether it is private; None if it does not exist.
    commit: the last commit of the branch, or of main if there is no such
        branch; None if the repository does not exist.
    hashes: hash by name of the files in that commit: the SHA-256 of large
        files, and git's SHA-1 of others.
    """

    exists: bool
    has_branch: bool
    is_private: bool | None
    commit: str | None
    hashes: Mapping[str, str]


def target(address: str) -> huggingface.Repository:
    """Reads the address to push to, hf://org/name[@branch].

    Raises:
        ValueError: the address has another form.
    """
    found = huggingface.parse(address)
    is_commit = re.fullmatch(r"[0-9a-f]{40}", found.revision or "")
    if found.subfolder or is_commit:
        raise ValueError(
            "A model must be pushed to hf://org/name or, on a branch, to "
            f"hf://org/name@branch. Received: {address}."
        )
    return found


def check_access() -> None:
    """Checks that pushing is possible here, without asking the Hub.

    Raises:
        ImportError: huggingface_hub is missing.
        OSError: HF_HUB_OFFLINE is set.
        PermissionError: there is no token.
    """
    hub = huggingface.library()
    if names.is_offline_mode():
        raise OSError(
            "A push must reach the Hugging Face Hub. Received: HF_HUB_OFFLINE "
            "in the environment, which forbids it. Unset it, and run the same "
            "command again."
        )
    if not hub.get_token():
        raise PermissionError(
            "A push to the Hugging Face Hub must come with a token that may "
            "write. Received: no token. Log in with `hf auth login`, or set "
            "HF_TOKEN; https://huggingface.co/settings/tokens makes tokens."
        )


def look(repository: huggingface.Repository) -> Remote:
    """Asks the Hub for the state of a repository.

    Raises:
        PermissionError: the token is not valid.
        OSError: the Hub does not answer.
    """
    with _explaining(repository) as hub:
        return _look(hub, repository)


def _look(hub: Any, repository: huggingface.Repository) -> Remote:
    api = hub.HfApi(library_name="albert_tf")

    def info(revision: str | None) -> Any:
        return api.model_info(
            repository.name,
            revision=revision,
            timeout=_TIMEOUT,
            files_metadata=True,
        )

    has_branch = True
    try:
        found = info(repository.revision)
    except hub.errors.RevisionNotFoundError:
        has_branch, found = False, info(None)
    except hub.errors.RepositoryNotFoundError as error:
        if error.response.status_code != 404:
            raise
        return Remote(False, False, None, None, {})
    return Remote(
        exists=True,
        has_branch=has_branch,
        is_private=bool(found.private),
        commit=found.sha,
        hashes={
            file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id
            for file in found.siblings or ()
        },
    )


def change(path: str, theirs: str | None) -> str:
    """What pushing a file does: "new", "same" or "replaced".

    Args:
        path: the file here.
        theirs: the hash of the file on the Hub, from `Remote.hashes`; None if
            there is none.
    """
    if theirs is None:
        return "new"
    is_large = len(theirs) == 64
    ours = digests.sha256(path) if is_large else digests.git_blob(path)
    return "same" if ours == theirs else "replaced"


def commit(
    folder: str,
    files: Sequence[str],
    repository: huggingface.Repository,
    remote: Remote,
    message: str,
    is_private: bool,
) -> str:
    """Pushes files in one commit; makes the repository and branch if needed.

    Args:
        folder: the folder that the files are in.
        files: their names, with forward slashes.
        repository: where to push to, from `target`.
        remote: its state, from `look`. If it has changed since, nothing is
            committed.
        message: the first line of the commit's message.
        is_private: whether a new repository is private.
    Returns:
        The hash of the commit.
    Raises:
        PermissionError: the token may not write there.
        OSError: the push failed.
    """
    name, branch = repository.name, repository.revision
    with _explaining(repository) as hub:
        api = hub.HfApi(library_name="albert_tf")
        if not remote.exists:
            api.create_repo(name, private=True if is_private else None)
        if branch and not remote.has_branch and branch != "main":
            api.create_branch(name, branch=branch, revision=remote.commit)
        # Not upload_folder, which makes several commits of a large folder.
        made = api.create_commit(
            name,
            [
                hub.CommitOperationAdd(
                    path_in_repo=file,
                    path_or_fileobj=os.path.join(folder, file),
                )
                for file in files
            ],
            commit_message=message,
            revision=branch,
            parent_commit=remote.commit,
        )
    return made.oid


def page_of(repository: huggingface.Repository) -> str:
    """The address of a repository's page."""
    endpoint = huggingface.library().constants.ENDPOINT
    tree = f"/tree/{repository.revision}" if repository.revision else ""
    return f"{endpoint}/{repository.name}{tree}"


@contextlib.contextmanager
def _explaining(repository: huggingface.Repository) -> Iterator[Any]:
    """Gives huggingface_hub. Its errors and its client's become one message, as
    do those of uploads, which arrive as RuntimeError."""
    hub = huggingface.library()
    try:
        with huggingface.quiet_requests():
            yield hub
    except (hub.errors.HTTPError, OSError, RuntimeError, ValueError) as error:
        raise _explained(hub, error, repository) from None


def _explained(
    hub: Any, error: Exception, repository: huggingface.Repository
) -> OSError:
    """One message; without a token, and without signatures in addresses."""
    name = repository.name
    cause: BaseException = error
    if isinstance(error, RuntimeError) and error.__cause__:
        cause = error.__cause__
    status = getattr(getattr(cause, "response", None), "status_code", None)
    said = _said(cause, status)
    if status == 401:
        return PermissionError(
            f"The token must be valid at {hub.constants.ENDPOINT}. Received: "
            f"{said}. Log in again with `hf auth login`, or set HF_TOKEN."
        )
    if status == 403:
        return PermissionError(
            f"The token must be allowed to write to {name}. Received: {said}. "
            f"Use a token with write access, of a member of "
            f"{name.partition('/')[0]}."
        )
    if status == 404:
        return FileNotFoundError(
            f"{repository.name} must be a place that the Hub knows and that "
            f"the token can see. Received: {said}. Check the names of the "
            "organization, the repository and the branch."
        )
    if status in (409, 412):
        return OSError(
            f"{name} must not change while it is pushed to. Received: {said}. "
            "Look at what is there now, and run the same command again."
        )
    return OSError(
        f"The Hub must take the files for {name}. Received: {said}. Run the "
        "same command again; files that have arrived are not sent twice."
    )


def _said(error: BaseException, status: int | None) -> str:
    text = getattr(error, "server_message", None) or str(error)
    text = re.sub(r"(https?://[^\s'\"?]+)\?[^\s'\"]*", r"\1", text)
    text = " ".join(text.split())[:_SHOWN].rstrip(".")
    start = f"HTTP {status}" if status else type(error).__name__
    return f"{start}: {text}" if text else start
