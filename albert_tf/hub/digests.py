"""Hashes of files."""

import hashlib


def sha256(path: str) -> str:
    """In hexadecimal digits, in lower case."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def git_blob(path: str) -> str:
    """The SHA-1 under which git stores a file."""
    with open(path, "rb") as file:
        content = file.read()
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()
