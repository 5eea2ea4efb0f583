"""The repositories of a fake Hub: files by commit and branch."""

import dataclasses
import hashlib

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LARGE = (".safetensors", ".bin", ".model", ".keras", ".pb", "-00001")


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The files of a commit, with their content."""

    commit: str
    files: dict[str, bytes]


class Hub:
    """Repositories, and what was asked of them.

    Attributes:
        files: by repository, the content of each file on its main branch.
        branches: by (repository, branch), what was pushed there.
        heads: by repository, its last commit on main, if it was pushed to.
        messages: the messages of commits, in order.
        private, gated: repositories with limits.
        read_only: organizations that no token may write to.
        faults: what goes wrong, by file name: "wrong hash", "cut" (once),
            "always cut" or "500"; or by the step of a push ("create",
            "preupload", "lfs", "commit"): a status, or "cut".
        asked: "METHOD path" of every request; tokens: those that came.
        uploads: by SHA-256, what was sent to the storage of large files.
        part_size: if set, large files are sent in parts of that many bytes.
    """

    def __init__(self):
        self.files: dict[str, dict[str, bytes]] = {}
        self.branches: dict[tuple[str, str], Snapshot] = {}
        self.heads: dict[str, str] = {}
        self.messages: list[str] = []
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.read_only: set[str] = set()
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self.uploads: dict[str, bytes] = {}
        self.part_size: int | None = None

    def downloads(self) -> list[str]:
        return [a for a in self.asked if a.startswith("GET /cdn/")]

    def writes(self) -> list[str]:
        """Requests that change something."""
        return [a for a in self.asked if a.startswith(("POST", "PUT"))]

    def snapshot(self, repository: str, revision: str) -> Snapshot | None:
        """A branch, tag or commit; None if there is no such revision."""
        head = self.heads.get(repository, COMMIT)
        if revision in ("main", "v1", head):
            return Snapshot(head, self.files[repository])
        for (name, branch), found in self.branches.items():
            if name == repository and revision in (branch, found.commit):
                return found
        return None

    def push(self, repository: str, branch: str, files: dict, message: str):
        """Makes a commit; returns its hash."""
        before = self.snapshot(repository, branch)
        assert before is not None
        self.messages.append(message)
        count = f"{repository}@{branch} {len(self.messages)}"
        commit = hashlib.sha1(count.encode()).hexdigest()
        content = {**before.files, **files}
        if branch == "main":
            self.files[repository] = content
            self.heads[repository] = commit
        else:
            self.branches[repository, branch] = Snapshot(commit, content)
        return commit


def is_large(name: str) -> bool:
    return name.endswith(_LARGE)


def etag(name: str, content: bytes) -> str:
    """Large files are known by their SHA-256, others by git's SHA-1."""
    if is_large(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()
