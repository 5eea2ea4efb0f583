"""A gcloud on the PATH whose hosts are folders of this machine.

It records its arguments. The states of a queued resource come from a file, one
a line, the last one for ever. Commands for hosts are run for real, with the
host's folder as home; what installs packages puts a training there that ends
when a file says so.
"""

import http.server
import json
import os
import pathlib
import sys
import threading
import time

_GCLOUD = """#!{base} -IS
import json, os, pathlib, shutil, signal, subprocess, sys
root = pathlib.Path({root!r})
words = sys.argv[1:]
with open(root / "calls", "a") as file:
    file.write(json.dumps(words) + "\\n")
hosts = sorted(root.glob("host-*"))
flags = dict(word[2:].partition("=")[::2] for word in words if word[:2] == "--")
states, failures = root / "states", root / "failures"

def fail(message, code=1):
    print(message, file=sys.stderr)
    sys.exit(code)

if "describe" in words:
    left = states.read_text().split()
    if len(left) > 1:
        states.write_text(" ".join(left[1:]))
    if left[0] == "NONE":
        fail("ERROR: (gcloud) NOT_FOUND: it was not found")
    print(left[0])
elif "delete" in words:
    for host in hosts:
        group = host / "albert_tf_runs/group"
        if group.exists():
            os.killpg(int(group.read_text()), signal.SIGKILL)
        shutil.rmtree(host)
        host.mkdir()
elif "ssh" in words or "scp" in words:
    count = int(failures.read_text())
    if count:
        failures.write_text(str(count - 1))
        fail("ssh: connect to host port 22: Connection refused", 255)
    if flags["worker"] == "0":
        hosts = hosts[:1]
    code = 0
    for number, host in enumerate(hosts):
        if "scp" in words:
            at = words.index("scp")
            source, target = words[at + 1 : at + 3]
            name = target.partition(":")[2] or os.path.basename(source)
            text = pathlib.Path(source).read_text()
            text = text.replace("SAVE_SECONDS = 25", "SAVE_SECONDS = 1")
            (host / name).write_text(text)
            continue
        if "pip install" in flags["command"]:
            folder = host / "albert_tf_env/bin"
            folder.mkdir(parents=True)
            (folder / "python").symlink_to({base!r})
            shutil.copy(root / "albert-tf", folder / "albert-tf")
            shutil.copy(root / "tensorflow.py", host / "tensorflow.py")
            continue
        server = (root / "metadata").read_text() + "/" + str(number)
        environment = dict(os.environ, HOME=host, GCE_METADATA_HOST=server)
        code = code or subprocess.run(
            ["bash", "-c", flags["command"]], cwd=host, env=environment
        ).returncode
    sys.exit(code)
elif "storage" in words:
    folder = root / "storage"
    folder.mkdir(exist_ok=True)
    shutil.copy(words[-2], folder / os.path.basename(words[-1]))
"""

_TRAINING = """#!{base} -IS
import json, os, pathlib, signal, sys, time
home = pathlib.Path.home()
library = os.environ.get("TPU_LOAD_LIBRARY")
with open({root!r} + "/trainings", "a") as file:
    file.write(json.dumps([sys.argv[1:], library]) + "\\n")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print("step 1", flush=True)
end = home / "end_with"
while not end.exists():
    time.sleep(0.02)
code = int(end.read_text())
end.unlink()
sys.exit(code)
"""

# Of a server, only that it runs until it is killed.
_TENSORFLOW = """
import pathlib, time
class distribute:
    class Server:
        def __init__(self, cluster, job_name, task_index):
            pathlib.Path("server").write_text(str(cluster))
        def join(self):
            time.sleep(60)
"""


class FakeGcloud:
    """The folder of a fake, with its hosts."""

    def __init__(self, root: pathlib.Path, hosts: int):
        self.root = root
        self.hosts = [root / f"host-{number}" for number in range(hosts)]
        for host in self.hosts:
            host.mkdir()
        base = os.path.realpath(sys.executable)
        values = {"base": base, "root": str(root)}
        for name, text in [("gcloud", _GCLOUD), ("albert-tf", _TRAINING)]:
            for word, value in values.items():
                text = text.replace(f"{{{word}}}", value)
                text = text.replace(f"{{{word}!r}}", repr(value))
            (root / name).write_text(text)
            (root / name).chmod(0o755)
        (root / "tensorflow.py").write_text(_TENSORFLOW)
        self.plays("ACTIVE")
        self.fails(0)
        self._server = _metadata_server(hosts)
        port = self._server.server_address[1]
        (root / "metadata").write_text(f"127.0.0.1:{port}")

    def plays(self, *states: str) -> None:
        """The states to come; NONE for a resource that does not exist."""
        (self.root / "states").write_text(" ".join(states))

    def fails(self, times: int) -> None:
        """ssh and scp do not connect so many times."""
        (self.root / "failures").write_text(str(times))

    def ends(self, code: int) -> None:
        """The training ends."""
        (self.hosts[0] / "end_with").write_text(str(code))

    def calls(self, *words: str) -> list[list[str]]:
        """The calls so far that have all the words."""
        calls = self._lines("calls")
        return [call for call in calls if set(words) <= set(call)]

    def trainings(self) -> list:
        """The arguments of each training so far, and TPU_LOAD_LIBRARY."""
        return self._lines("trainings")

    def waits_for(self, condition) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _lines(self, name: str) -> list:
        path = self.root / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


def _metadata_server(hosts: int) -> http.server.ThreadingHTTPServer:
    endpoints = ",".join(f"unknown:unknown:10.0.0.{n}" for n in range(hosts))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            _, number, *_, name = self.path.split("/")
            answers = {
                "agent-worker-number": number,
                "worker-network-endpoints": endpoints,
            }
            is_asked_well = self.headers["Metadata-Flavor"] == "Google"
            self.send_response(200 if is_asked_well else 403)
            self.end_headers()
            self.wfile.write(answers[name].encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
