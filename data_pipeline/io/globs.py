"""Finds the files that comma-separated paths or globs name."""

from data_pipeline.io import files


def matching_files(patterns: str, what: str, remedy: str) -> list[str]:
    """The files that comma-separated paths or globs name, sorted.

    A path that exists stands for itself, even if it contains commas, *, ? or
    brackets.

    Raises:
        FileNotFoundError: a pattern matches nothing. The message says that
            `what` must exist, and gives the `remedy`.
    """
    if files.exists(patterns) and not files.is_folder(patterns):
        return [patterns]
    paths: list[str] = []
    parts = [part for part in patterns.split(",") if part]
    while parts or not paths:
        count, found = _first_match(parts)
        if not found:
            raise FileNotFoundError(
                f"{what} must exist. Received: {patterns!r}, where "
                f"{','.join(parts[:1])!r} matches none. {remedy}"
            )
        paths += found
        parts = parts[count:]
    return sorted(paths)


def _first_match(parts: list[str]) -> tuple[int, list[str]]:
    """The number of parts of the first path, more than one if it contains
    commas, and the files that it matches."""
    folder: tuple[int, list[str]] = (0, [])
    for count in range(1, len(parts) + 1):
        path = ",".join(parts[:count])
        found = files.glob(path)
        if found == [path] and files.is_folder(path):
            # This may be the start of a name with a comma.
            folder = count, found
        elif found:
            return count, found
    return folder
