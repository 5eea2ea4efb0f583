"""Weights on Kaggle, by kagglehub and in its cache."""

import contextlib
import json
import logging as standard_logging
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from absl import logging

from albert_tf.hub import kaggle_cache
from albert_tf.hub import kaggle_handle
from albert_tf.hub import model_files
from albert_tf.hub import quiet

# Loggers of kagglehub and of what it uses.
_TALKERS = ("kagglehub", "kagglesdk", "urllib3")
_PAGE = 100  # names of files in an answer
_MAX_FILES = 10_000


def fetch(address: str, is_offline: bool) -> str:
    """Fetches a model's files, those that were not fetched before.

    Args:
        address: see `kaggle_handle.parse`.
        is_offline: whether only the cache may be used.
    Returns:
        the folder with the files, in kagglehub's cache; its path names the
        version.
    Raises:
        ImportError: kagglehub is missing.
        ValueError: the address has another form, or a file is not what Kaggle
            says it is.
        OSError: there is no such model or version, it needs a token or
            consent, or there is no connection and it is not in the cache.
    """
    handle = kaggle_handle.parse(address)
    if is_offline:
        return kaggle_cache.find(handle, "nothing may be fetched (offline)")
    hub = _library()
    try:
        with _quiet():
            folder = kaggle_cache.whole(handle) or _fetch(hub, handle)
    except Exception as error:
        if not _is_out_of_reach(error):
            raise _explained(hub, error, handle) from None
        reason = _described(error)
        folder = kaggle_cache.find(handle, reason)
        logging.info("%s: taking what was fetched before.", reason)
    logging.info("%s is %s.", address, kaggle_cache.name_of(folder) or folder)
    return folder


def _library() -> Any:
    try:
        import kagglehub
        import kagglehub.clients
        import kagglehub.exceptions
        import kagglehub.handle
    except ImportError:
        raise ImportError(
            "Models on Kaggle need kagglehub. Install it with: pip install "
            "'albert_tf[hub]'"
        ) from None
    return kagglehub


def _fetch(hub: Any, handle: kaggle_handle.Handle) -> str:
    """The folder of the files, once all that are needed are there."""
    with hub.clients.build_kaggle_client() as client:
        models = client.models.model_api_client
        handle, sizes = _listed(hub, models, handle)
    names = model_files.needed([*sizes])
    for name in names:
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(
                "A file of a model must lie in its folder. Received: "
                f"{name!r}, in kaggle://{handle}."
            )
    paths = []
    for name in names:
        if not kaggle_cache.mark(handle, name).exists():
            size = f"{sizes[name]:,} bytes"
            logging.info("Fetching kaggle://%s: %s, %s.", handle, name, size)
        # With its own progress bar, and going on where it was cut off.
        paths.append(hub.model_download(str(handle), path=name))
    folder = paths[0].removesuffix(f"/{names[0]}")
    if folder == kaggle_cache.folder(handle):
        kaggle_cache.mark(handle, kaggle_cache.ALL).touch()
    return folder


def _listed(
    hub: Any, models: Any, handle: kaggle_handle.Handle
) -> tuple[kaggle_handle.Handle, dict[str, int]]:
    """The handle with its version, and the sizes of its files in bytes."""
    from kagglesdk.models.types import model_api_service as messages

    def request(kind: Any, **fields: Any) -> Any:
        parsed = hub.handle.parse_model_handle(str(handle))
        made = kind()
        made.owner_slug, made.model_slug = parsed.owner, parsed.model
        made.framework = parsed.framework_enum()
        made.instance_slug = parsed.variation
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    if handle.version is None:
        newest = models.get_model_instance(
            request(messages.ApiGetModelInstanceRequest)
        )
        handle = handle._replace(version=newest.version_number)
    sizes: dict[str, int] = {}
    token = ""
    while len(sizes) < _MAX_FILES:
        page = models.list_model_instance_version_files(
            request(
                messages.ApiListModelInstanceVersionFilesRequest,
                version_number=handle.version,
                page_size=_PAGE,
                page_token=token,
            )
        )
        sizes |= {file.name: file.size for file in page.files}
        token = page.next_page_token
        if not token or not page.files:
            break
    return handle, sizes


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps kagglehub's words out of results and logs, and its bars out of
    anything but a terminal."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet.loggers(_TALKERS, standard_logging.ERROR))
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        if not sys.stderr.isatty():
            stack.enter_context(contextlib.redirect_stderr(nowhere))
        yield


def _is_out_of_reach(error: Exception) -> bool:
    """Whether Kaggle gave no answer, or none of its own."""
    import requests

    out_of_reach = (requests.ConnectionError, requests.Timeout)
    return isinstance(error, out_of_reach) or _status(error) >= 500


def _status(error: Exception) -> int:
    """The HTTP status that an error is about; 0 for none."""
    response = getattr(error, "response", None)
    return 0 if response is None else response.status_code


def _described(error: Exception) -> str:
    """An error in a few words, without signatures in addresses."""
    if _status(error):
        return f"HTTP {_status(error)}"
    text = re.sub(r"\?\S*", "", str(error))
    return f"{type(error).__name__}: {text}"


def _explained(
    hub: Any, error: Exception, handle: kaggle_handle.Handle
) -> Exception:
    """The error with the rule and what to do; never with a token."""
    address = f"kaggle://{handle}"
    status = _status(error)
    page = "https://www.kaggle.com/models/" + handle.name
    if status in (401, 403):
        return PermissionError(
            f"{address} must be open to you. Received: HTTP {status}, which "
            "Kaggle also answers where there is no such model. Check its name "
            f"and accept its terms on {page}, then set KAGGLE_API_TOKEN, or "
            "write the token from https://www.kaggle.com/settings to "
            f"~/.kaggle/access_token.{kaggle_handle.near(handle.name)}"
        )
    if status == 404:
        return FileNotFoundError(
            f"Kaggle must have the model and the version. Received: {address}, "
            "which is not there. Check its name, and leave the version out for "
            f"the newest one.{kaggle_handle.near(handle.name)}"
        )
    if isinstance(error, hub.exceptions.DataCorruptionError):
        return ValueError(
            "A file must have the MD5 that Kaggle gives for it. Received: "
            f"{' '.join(str(error).split())} ({address}). The file was "
            "removed from the cache; run the same command again."
        )
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(
            f"{address} must hold a model. Received: {error}. See {page}."
        )
    if isinstance(
        error,
        OSError | json.JSONDecodeError | TypeError | KeyError | AttributeError,
    ):
        return OSError(
            f"{address} must be fetched whole. Received: "
            f"{_described(error)}. Run the same "
            "command again: what is there already is kept."
        )
    return error
