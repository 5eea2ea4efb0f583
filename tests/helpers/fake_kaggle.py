"""A server on this machine that answers as Kaggle's API does."""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading
import urllib.parse

PRESET = "keras/albert/keras/albert_base_en_uncased"
SAVED_MODEL = "tensorflow/albert/tensorFlow2/en-base"
_FRAMEWORKS = {
    "MODEL_FRAMEWORK_KERAS": "keras",
    "MODEL_FRAMEWORK_TENSOR_FLOW_2": "tensorFlow2",
}


class Kaggle:
    """Models, and what was asked of the server.

    files: by handle with its version, the content of each file.
    statuses: by handle, the HTTP status that its requests get.
    answers: by call, what is answered in place of JSON of Kaggle.
    faults: by file name, "wrong hash" or "cut".
    asked: the name of each call, or the path of each file.
    tokens: the credentials that came, for the API and for the storage.
    """

    def __init__(self):
        self.files: dict[str, dict[str, bytes]] = {}
        self.statuses: dict[str, int] = {}
        self.answers: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.page_size = 4
        self.asked: list[str] = []
        self.ranges: list[str | None] = []
        self.tokens: dict[str, set] = {"api": set(), "storage": set()}

    def downloads(self) -> list[str]:
        return [a for a in self.asked if a.startswith("/storage/")]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _json(self, value, status=200):
        body = json.dumps(value).encode()
        self._send(status, body, Content_Type="application/json")

    def do_POST(self):
        kaggle = self.server.kaggle
        size = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(size))
        call = self.path.rsplit("/", 1)[1]
        kaggle.asked.append(call)
        kaggle.tokens["api"].add(self.headers.get("Authorization"))
        if call in kaggle.answers:
            return self._send(200, kaggle.answers[call])
        framework = _FRAMEWORKS.get(asked["framework"], asked["framework"])
        name = "/".join(
            [asked["ownerSlug"], asked["modelSlug"], framework]
            + [asked["instanceSlug"]]
        )
        if name in kaggle.statuses:
            status = kaggle.statuses[name]
            return self._json({"code": status, "message": "No."}, status)
        versions = [
            int(handle.removeprefix(f"{name}/"))
            for handle in kaggle.files
            if handle.startswith(f"{name}/")
        ]
        version = asked.get("versionNumber") or max(versions, default=0)
        files = kaggle.files.get(f"{name}/{version}")
        if files is None:
            return self._json({"code": 404, "message": "Not found"}, 404)
        if call == "GetModelInstance":
            return self._json({"versionNumber": version})
        if call == "ListModelInstanceVersionFiles":
            return self._list(kaggle, files, int(asked.get("pageToken") or 0))
        # Another host, as Kaggle's storage is.
        self._send(
            302,
            Location=f"http://localhost:{self.server.server_port}/storage/"
            f"{name}/{version}/{asked['path']}?X-Signature=signed",
        )

    def _list(self, kaggle, files, start):
        end = start + kaggle.page_size
        self._json(
            {
                "files": [
                    {"name": name, "size": len(content)}
                    for name, content in [*files.items()][start:end]
                ],
                "nextPageToken": str(end) if end < len(files) else "",
            }
        )

    def do_GET(self):
        kaggle = self.server.kaggle
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        kaggle.asked.append(path)
        kaggle.ranges.append(self.headers.get("Range"))
        kaggle.tokens["storage"].add(self.headers.get("Authorization"))
        handle, name = re.fullmatch(
            r"/storage/((?:[^/]+/){4}\d+)/(.+)", path
        ).groups()
        content = kaggle.files[handle][name]
        digest = base64.b64encode(hashlib.md5(content).digest()).decode()
        fault = kaggle.faults.get(name)
        if fault == "wrong hash":
            content = bytes(len(content))
        headers = {
            "Accept_Ranges": "bytes",
            "x_goog_hash": f"crc32c=AAAAAA==,md5={digest}",
        }
        if name.endswith(".json"):
            headers["Content_Type"] = "application/json"
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if found:
            return self._send(206, content[int(found[1]) :], **headers)
        if fault == "cut":
            del kaggle.faults[name]
            return self._cut(content)
        self._send(200, content, **headers)

    def _cut(self, content):
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.close_connection = True


@contextlib.contextmanager
def serve():
    """Gives (kaggle, address)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.kaggle = Kaggle()
    thread = threading.Thread(
        target=server.serve_forever, args=(0.01,), daemon=True
    )
    thread.start()
    try:
        yield server.kaggle, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
