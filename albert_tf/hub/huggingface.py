"""Weights on the Hugging Face Hub, by huggingface_hub and in its cache."""

import contextlib
import logging as standard_logging
import os
import re
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from absl import logging

from albert_tf.hub import digests
from albert_tf.hub import model_files
from albert_tf.hub import quiet

_REQUESTS = ("httpx", "httpx2")  # loggers of huggingface_hub's clients
_TIMEOUT = 10.0  # seconds, until what was fetched before is taken


class Repository(NamedTuple):
    """A place on the Hub.

    name: as org/name.
    revision: a branch, tag or commit; None: the main branch.
    subfolder: within the repository, or "".
    """

    name: str
    revision: str | None
    subfolder: str


def parse(address: str) -> Repository:
    """Reads hf://org/name[@revision][/subfolder].

    Raises:
        ValueError: the address has another form.
    """
    match = re.fullmatch(
        r"hf://([\w.-]+/[\w.-]+)"
        r"(?:@(refs/(?:pr|convert)/[\w.-]+|[^/]+))?((?:/[^/]+)*)/?",
        address,
    )
    if match is None or ".." in address.split("/"):
        raise ValueError(
            "An address on the Hugging Face Hub must be "
            f"hf://org/name[@revision][/subfolder]. Received: {address}."
        )
    name, revision, subfolder = match.groups()
    return Repository(name, revision, subfolder.strip("/"))


def fetch(address: str, is_offline: bool) -> str:
    """Fetches a model's files, those that were not fetched before.

    Args:
        address: see `parse`.
        is_offline: whether only the cache may be used.
    Returns:
        the folder with the files, in huggingface_hub's cache; its path names
        the commit.
    Raises:
        ImportError: huggingface_hub is missing.
        ValueError: a file is not what the Hub says it is.
        OSError: there is no such repository or revision, it needs a token, or
            there is no connection and not everything is in the cache.
    """
    hub = library()
    repository = parse(address)
    with quiet_requests():
        return _fetch(hub, repository, address, is_offline)


def _fetch(
    hub: Any, repository: Repository, address: str, is_offline: bool
) -> str:
    wanted = model_files.within(repository.subfolder, model_files.BESIDE)
    reason = "nothing may be fetched (offline)" if is_offline else None
    try:
        if not reason:
            try:
                wanted += _weights(hub, repository)
            except Exception as error:
                if not _is_out_of_reach(hub, error):
                    raise
                reason = f"{type(error).__name__}: {error}"
                logging.info("%s: taking what was fetched before.", reason)
        snapshot = hub.snapshot_download(
            repository.name,
            revision=repository.revision,
            allow_patterns=wanted,
            local_files_only=reason is not None,
            library_name="albert_tf",
        )
    except Exception as error:
        raise _explained(hub, error, address, repository, reason) from None
    folder = os.path.join(snapshot, repository.subfolder).rstrip("/")
    _check_hashes(folder)
    logging.info("%s: commit %s.", address, os.path.basename(snapshot))
    return folder


@contextlib.contextmanager
def quiet_requests() -> Iterator[None]:
    """Keeps requests out of the log: addresses of files may hold signatures."""
    with quiet.loggers(_REQUESTS, standard_logging.WARNING):
        yield


def name_of(path: str) -> str | None:
    """The address, with its commit, that a path in the cache came from."""
    match = re.search(
        r"/models--([\w.-]+?)--([\w.-]+)/snapshots/([0-9a-f]{40})(/.*)?$", path
    )
    if match is None:
        return None
    organization, name, commit, subfolder = match.groups()
    return f"hf://{organization}/{name}@{commit}{subfolder or ''}".rstrip("/")


def library() -> Any:
    """huggingface_hub, with its constants and errors.

    Raises:
        ImportError: it is missing.
    """
    try:
        import huggingface_hub
        import huggingface_hub.constants
        import huggingface_hub.errors
    except ImportError:
        raise ImportError(
            "The Hugging Face Hub needs huggingface_hub. Install it with: pip "
            "install 'albert_tf[hub]'"
        ) from None
    return huggingface_hub


def _weights(hub: Any, repository: Repository) -> list[str]:
    """The weights to fetch: safetensors before .bin, and only one of both."""
    info = hub.HfApi(library_name="albert_tf").model_info(
        repository.name, revision=repository.revision, timeout=_TIMEOUT
    )
    files = [sibling.rfilename for sibling in info.siblings]
    return model_files.weights(files, repository.subfolder)


def _is_out_of_reach(hub: Any, error: Exception) -> bool:
    """Whether the Hub gave no answer, or none of its own."""
    if isinstance(error, hub.errors.HfHubHTTPError):
        return error.response.status_code >= 500
    return not isinstance(error, FileNotFoundError)


def _check_hashes(folder: str) -> None:
    """Large files are named by their SHA-256 in the cache."""
    paths = [
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        for name in names
    ]
    for path in paths:
        blob = os.path.realpath(path)
        expected = os.path.basename(blob)
        if not re.fullmatch(r"[0-9a-f]{64}", expected):
            continue
        found = digests.sha256(blob)
        if found != expected:
            os.remove(blob)
            raise ValueError(
                "A file must have the SHA-256 that the Hub gives for it. "
                f"Received: {os.path.relpath(path, folder)} with {found}, for "
                f"{expected}. The file was "
                "removed from the cache; run the same command again."
            )


def _explained(
    hub: Any,
    error: Exception,
    address: str,
    repository: Repository,
    reason: str | None,
) -> Exception:
    """The error with the rule and what to do; never with a token."""
    errors = hub.errors
    if isinstance(error, errors.GatedRepoError):
        return PermissionError(
            f"{address} must be opened to you by its owners. Received: "
            f"{type(error).__name__}. Ask for access on the page of "
            f"{repository.name}, then log in with `hf auth login`."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return FileNotFoundError(
            "The revision must be a branch, tag or commit of the repository. "
            f"Received: {repository.revision} of {repository.name}."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return FileNotFoundError(
            "The Hub must have the repository, and you access to it. Received: "
            f"{address}, which is not there, or private. Check its name; for "
            "a private one log in with `hf auth login`, or set HF_TOKEN."
        )
    response = getattr(error, "response", None)
    if getattr(response, "status_code", None) == 401:
        return PermissionError(
            f"The token must be valid at {hub.constants.ENDPOINT}. Received: "
            "one that is refused there. Log in again with `hf auth login`, or "
            "set HF_TOKEN; public models need none."
        )
    if isinstance(error, errors.LocalEntryNotFoundError):
        return FileNotFoundError(
            f"{address} must be within reach, or in the cache. Received: "
            f"{reason or error}, and no whole copy in "
            f"{hub.constants.HF_HUB_CACHE}, which holds "
            f"{_cached_models(hub)}. With a network: hf download "
            f"{repository.name}; or copy that folder from a machine that has "
            "it."
        )
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(
            f"{address} must hold a model. Received: {error}."
        )
    if isinstance(error, (OSError, errors.HTTPError)):
        return OSError(
            f"{address} must be fetched whole. Received: "
            f"{type(error).__name__}: {error}. Run the same command again: "
            "what is there already is kept."
        )
    return error


def _cached_models(hub: Any) -> str:
    try:
        names = sorted(
            repo.repo_id
            for repo in hub.scan_cache_dir().repos
            if repo.repo_type == "model"
        )
    except hub.errors.CacheNotFound:
        names = []
    return ", ".join(names) or "no model"
