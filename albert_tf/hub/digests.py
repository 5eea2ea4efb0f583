"""SHA-256 of files."""

import hashlib


def sha256(path: str) -> str:
    """In hexadecimal digits, in lower case."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
