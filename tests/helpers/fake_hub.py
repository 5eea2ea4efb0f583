"""A server on this machine that answers as the Hugging Face Hub does."""

import contextlib
import hashlib
import http.server
import json
import re
import threading
import urllib.parse

NAME = "lab/tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Repositories, and what was asked of them.

    files: by repository, the content of each file.
    asked: "METHOD path" of every request, and the tokens that came.
    faults: by file name, "wrong hash", "cut" or "500".
    """

    def __init__(self):
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.faults: dict[str, str] = {}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()

    def downloads(self) -> list[str]:
        return [a for a in self.asked if a.startswith("GET /cdn/")]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, value):
        self._send(
            200, json.dumps(value).encode(), Content_Type="application/json"
        )

    def _error(self, status, code):
        self._send(status, b"{}", X_Error_Code=code, X_Error_Message=code)

    def _answer(self):
        hub = self.server.hub
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        hub.asked.append(f"{self.command} {path}")
        hub.tokens.add(self.headers.get("Authorization"))
        if path.startswith("/archives/"):
            return self._file(hub.files["archives"].get(path[10:]), path)
        match = re.fullmatch(r"/cdn/([^/]+/[^/]+)/(.+)", path)
        if match:
            return self._content(hub, *match.groups())
        match = re.fullmatch(
            r"(?:/api/models)?/([^/]+/[^/]+?)(?:/(revision|tree|resolve)/(.+))?",
            path,
        )
        repository, what, rest = match.groups()
        if repository in hub.private and not self.headers.get("Authorization"):
            return self._error(401, "RepoNotFound")
        if repository in hub.gated:
            return self._error(403, "GatedRepo")
        if repository not in hub.files:
            return self._error(404, "RepoNotFound")
        files = hub.files[repository]
        revision, _, name = (rest or "main").partition("/")
        if revision not in ("main", "v1", COMMIT):
            return self._error(404, "RevisionNotFound")
        if what == "resolve":
            return self._resolve(repository, files, name)
        if what == "tree":
            return self._json([_entry(n, c) for n, c in files.items()])
        self._json(
            {
                "id": repository,
                "sha": COMMIT,
                "siblings": [{"rfilename": name} for name in files],
            }
        )

    def _resolve(self, repository, files, name):
        if name not in files:
            return self._error(404, "EntryNotFound")
        content = files[name]
        self._send(
            302,
            # Another host, as the Hub's storage is.
            Location=f"http://localhost:{self.server.server_port}"
            f"/cdn/{repository}/{name}",
            X_Repo_Commit=COMMIT,
            ETag='"abc"',
            X_Linked_ETag=f'"{_etag(name, content)}"',
            X_Linked_Size=str(len(content)),
        )

    def _content(self, hub, repository, name):
        content = hub.files[repository][name]
        fault = hub.faults.get(name)
        if fault == "500":
            return self._send(500, b"")
        if fault == "wrong hash":
            content = bytes(len(content))
        if fault == "cut":
            del hub.faults[name]
            return self._cut(content)
        self._file(content, name)

    def _file(self, content, name):
        if content is None:
            return self._send(404, b"")
        found = re.fullmatch(
            r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")
        )
        if not found:
            return self._send(200, content, ETag=f'"{_etag(name, content)}"')
        start = int(found[1])
        self._send(
            206,
            content[start:],
            Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}",
        )

    def _cut(self, content):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.close_connection = True


def _etag(name: str, content: bytes) -> str:
    """Large files are known by their SHA-256, others by git's SHA-1."""
    is_large = name.endswith((".safetensors", ".bin", ".model", ".keras"))
    return (hashlib.sha256 if is_large else hashlib.sha1)(content).hexdigest()


def _entry(name: str, content: bytes) -> dict:
    entry = {
        "type": "file",
        "path": name,
        "size": len(content),
        "oid": hashlib.sha1(content).hexdigest(),
    }
    if len(_etag(name, content)) == 64:
        entry["lfs"] = {
            "oid": _etag(name, content),
            "size": len(content),
            "pointerSize": 134,
        }
    return entry


@contextlib.contextmanager
def serve():
    """Gives (hub, address)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
