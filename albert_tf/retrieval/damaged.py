"""The error for damaged files of an index."""


def error(path: str, what: str) -> ValueError:
    """An error that names the file and what was found in it."""
    return ValueError(
        f"The files of an index must be undamaged. Received: {path}, with "
        f"{what}. Copy the index again, or build it again."
    )
