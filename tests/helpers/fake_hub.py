"""A server on this machine that answers as the Hugging Face Hub does.

It can be run alone, to try commands on, until Ctrl-C:

    python tests/helpers/fake_hub.py lab/tiny=FOLDER
    HF_ENDPOINT=http://127.0.0.1:PORT HF_TOKEN=hf_secret \\
        HF_HUB_DISABLE_XET=1 HF_HOME=cache albert-tf predict hf://lab/tiny ...
"""

import contextlib
import http.server
import json
import pathlib
import re
import sys
import threading
import urllib.parse

import fake_hub_files
import fake_hub_push
import pytest
from fake_hub_files import COMMIT as COMMIT

NAME = "lab/tiny"


class _Handler(fake_hub_push.PushHandler, http.server.BaseHTTPRequestHandler):
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

    def _json(self, value, status=200):
        self._send(
            status, json.dumps(value).encode(), Content_Type="application/json"
        )

    def _error(self, status, code):
        self._send(status, b"{}", X_Error_Code=code, X_Error_Message=code)

    def _path(self):
        return urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)

    def _note(self):
        hub = self.server.hub
        hub.asked.append(f"{self.command} {self._path()}")
        hub.tokens.add(self.headers.get("Authorization"))

    def _answer(self):
        self._note()
        hub, path = self.server.hub, self._path()
        if path.startswith("/archives/"):
            return self._file(hub.files["archives"].get(path[10:]), path)
        match = re.fullmatch(r"/cdn/([^/]+/[^/]+)/(\w+)/(.+)", path)
        if match:
            return self._content(hub, *match.groups())
        match = re.fullmatch(
            r"(?:/api/models)?/([^/]+/[^/]+?)(?:/(revision|tree|resolve)/(.+))?",
            path,
        )
        repository, what, rest = match.groups()
        token = self.headers.get("Authorization")
        if token not in (None, "Bearer hf_secret"):
            return self._error(
                401, "Invalid credentials in Authorization header"
            )
        if repository in hub.private and not token:
            return self._error(401, "RepoNotFound")
        if repository in hub.gated:
            return self._error(403, "GatedRepo")
        if repository not in hub.files:
            return self._error(404 if token else 401, "RepoNotFound")
        revision, _, name = (rest or "main").partition("/")
        found = hub.snapshot(repository, revision)
        if found is None:
            return self._error(404, "RevisionNotFound")
        if what == "resolve":
            return self._resolve(repository, found, name)
        if what == "tree":
            return self._json([_entry(n, c) for n, c in found.files.items()])
        self._json(
            {
                "id": repository,
                "sha": found.commit,
                "private": repository in hub.private,
                "siblings": [
                    _sibling(name, content)
                    for name, content in found.files.items()
                ],
            }
        )

    def _resolve(self, repository, found, name):
        if name not in found.files:
            return self._error(404, "EntryNotFound")
        content = found.files[name]
        self._send(
            302,
            # Another host, as the Hub's storage is.
            Location=f"http://localhost:{self.server.server_port}"
            f"/cdn/{repository}/{found.commit}/{name}",
            X_Repo_Commit=found.commit,
            ETag='"abc"',
            X_Linked_ETag=f'"{fake_hub_files.etag(name, content)}"',
            X_Linked_Size=str(len(content)),
        )

    def _content(self, hub, repository, commit, name):
        content = hub.snapshot(repository, commit).files[name]
        fault = hub.faults.get(name)
        if fault == "500":
            return self._send(500, b"")
        if fault == "wrong hash":
            content = bytes(len(content))
        if fault == "always cut":
            return self._cut(content)
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
            return self._send(
                200, content, ETag=f'"{fake_hub_files.etag(name, content)}"'
            )
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


def _sibling(name: str, content: bytes) -> dict:
    entry = _entry(name, content)
    sibling = {"rfilename": name, "size": len(content), "blobId": entry["oid"]}
    if "lfs" in entry:
        sibling["lfs"] = {
            "sha256": entry["lfs"]["oid"],
            "size": len(content),
            "pointerSize": 134,
        }
    return sibling


def _entry(name: str, content: bytes) -> dict:
    entry = {
        "type": "file",
        "path": name,
        "size": len(content),
        "oid": fake_hub_files.etag(name, content)[:40],
    }
    if fake_hub_files.is_large(name):
        entry["lfs"] = {
            "oid": fake_hub_files.etag(name, content),
            "size": len(content),
            "pointerSize": 134,
        }
    return entry


@contextlib.contextmanager
def serve():
    """Gives (hub, address)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = fake_hub_files.Hub()
    thread = threading.Thread(
        target=server.serve_forever, args=(0.01,), daemon=True
    )
    thread.start()
    try:
        yield server.hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def connected(monkeypatch, caches):
    """Gives a hub that this process's clients ask, with a token that is valid
    there, and empty caches in a folder."""
    constants = pytest.importorskip("huggingface_hub.constants")
    with serve() as (hub, address):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(caches / "hf"))
        # Its storage has a protocol of its own, with a compiled client.
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("KERAS_HOME", str(caches / "keras"))
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        hub.address = address
        yield hub


def _main():
    """Serves folders, given as NAME=FOLDER, and shows what is asked."""
    with serve() as (hub, address):
        for given in sys.argv[1:]:
            name, _, folder = given.partition("=")
            paths = [p for p in pathlib.Path(folder).rglob("*") if p.is_file()]
            hub.files[name] = {
                str(path.relative_to(folder)): path.read_bytes()
                for path in paths
            }
        print(f"HF_ENDPOINT={address}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    _main()
