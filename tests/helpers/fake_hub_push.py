"""The answers of a fake Hub to what pushes: POST and PUT."""

import base64
import hashlib
import json
import re

import fake_hub_files
import yaml


class PushHandler:
    """Methods of a handler with `_json`, `_error`, `_send` and `server.hub`."""

    def do_POST(self):
        path, body = self._received()
        steps = (
            (r"/api/repos/create", self._create),
            (r"/api/validate-yaml", self._validate),
            (r"/api/models/([^/]+/[^/]+)/branch/(.+)", self._branch),
            (r"/api/models/([^/]+/[^/]+)/preupload/(.+)", self._preupload),
            (r"/api/models/([^/]+/[^/]+)/commit/(.+)", self._commit),
            (r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", self._batch),
            (r"/lfs/(\w+)/whole", self._whole),
        )
        for pattern, step in steps:
            match = re.fullmatch(pattern, path)
            if match and self._is_allowed(step, *match.groups()):
                return step(body, *match.groups())
            if match:
                return None
        return self._error(404, "NotFound")

    def do_PUT(self):
        path, body = self._received()
        _, _, digest, part = path.split("/")
        if self._fails("lfs"):
            return
        uploads = self.server.hub.uploads
        if part == "0":
            uploads[digest] = body
        else:
            uploads[f"{digest}/{int(part):06}"] = body
        self._send(200, ETag=f'"{part}"')

    def _received(self):
        self._note()
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self._path(), self.rfile.read(length)
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return self._path(), b"".join(parts)

    def _is_allowed(self, step, repository="", *_):
        """Whether a step may be taken; answers if not."""
        token = self.headers.get("Authorization") or ""
        is_storage = step == self._whole
        if not is_storage and token != "Bearer hf_secret":
            self._error(401, "Invalid credentials in Authorization header")
            return False
        hub = self.server.hub
        if repository.partition("/")[0] in hub.read_only:
            self._error(403, "You don't have the rights for this namespace")
            return False
        if step == self._whole or "/" not in repository:
            return True
        if repository not in hub.files:
            self._error(404, "RepoNotFound")
            return False
        return True

    def _fails(self, step):
        """Whether a fault was asked for at this step; answers with it."""
        fault = self.server.hub.faults.get(step)
        if fault == "cut":
            self.close_connection = True
            self.connection.close()
        elif fault:
            self._error(int(fault), f"a fault of {step}")
        return fault is not None

    def _create(self, body):
        if self._fails("create"):
            return
        asked, hub = json.loads(body), self.server.hub
        name = f"{asked['organization']}/{asked['name']}"
        if asked["organization"] in hub.read_only:
            return self._error(403, "You don't have the rights to create it")
        if name in hub.files:
            error = "You already created this model repo"
            url = f"{self._host()}/{name}"
            return self._json({"error": error, "url": url}, 409)
        hub.files[name] = {".gitattributes": b"*.bin filter=lfs\n"}
        # Earlier versions of the client say it by `private`.
        if asked.get("visibility") == "private" or asked.get("private"):
            hub.private.add(name)
        self._json({"url": f"{self._host()}/{name}", "name": name})

    def _validate(self, body):
        text = json.loads(body)["content"]
        errors = []
        try:
            fields = yaml.safe_load(text.split("---\n")[1])
            if fields.get("license", "mit") not in ("mit", "apache-2.0"):
                errors.append({"message": '"license" must be one of [mit]'})
        except yaml.YAMLError as error:
            errors.append({"message": str(error)})
        self._json({"warnings": [], "errors": errors}, 400 if errors else 200)

    def _branch(self, body, repository, branch):
        hub = self.server.hub
        start = json.loads(body or b"{}").get("startingPoint", "main")
        found = hub.snapshot(repository, start)
        if found is None:
            return self._error(404, "RevisionNotFound")
        hub.branches[repository, branch] = found
        self._json({})

    def _preupload(self, body, repository, revision):
        if self._fails("preupload"):
            return
        found = self.server.hub.snapshot(repository, revision)
        if found is None:
            return self._error(404, "RevisionNotFound")
        answers = []
        for file in json.loads(body)["files"]:
            name = file["path"]
            is_large = fake_hub_files.is_large(name)
            answer = {
                "path": name,
                "uploadMode": "lfs" if is_large else "regular",
                "shouldIgnore": False,
            }
            if name in found.files:
                answer["oid"] = fake_hub_files.etag(name, found.files[name])
            answers.append(answer)
        self._json({"files": answers})

    def _batch(self, body, repository):
        hub, objects = self.server.hub, []
        for each in json.loads(body)["objects"]:
            digest, size = each["oid"], each["size"]
            if digest in hub.uploads:
                objects.append(each)
                continue
            address = f"{self._host()}/lfs/{digest}"
            upload = {"href": f"{address}/0?Signature=hidden"}
            if hub.part_size and size > hub.part_size:
                count = -(-size // hub.part_size)
                parts = range(1, count + 1)
                upload = {
                    "href": f"{address}/whole",
                    "header": {
                        "chunk_size": str(hub.part_size),
                        **{f"{n}": f"{address}/{n}" for n in parts},
                    },
                }
            objects.append({**each, "actions": {"upload": upload}})
        self._json({"transfer": "basic", "objects": objects})

    def _whole(self, _, digest):
        uploads = self.server.hub.uploads
        parts = sorted(
            name for name in uploads if name.startswith(f"{digest}/")
        )
        uploads[digest] = b"".join(uploads.pop(name) for name in parts)
        self._json({})

    def _commit(self, body, repository, branch):
        if self._fails("commit"):
            return
        hub = self.server.hub
        found = hub.snapshot(repository, branch)
        if found is None:
            return self._error(404, "RevisionNotFound")
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines[0]["value"]
        if header.get("parentCommit", found.commit) != found.commit:
            return self._error(412, "A commit has happened since")
        files = {}
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                content = base64.b64decode(value["content"])
            else:
                content = hub.uploads[value["oid"]]
                assert hashlib.sha256(content).hexdigest() == value["oid"]
            files[value["path"]] = content
        commit = hub.push(repository, branch, files, header["summary"])
        place = f"{self._host()}/{repository}/commit/{commit}"
        self._json({"commitUrl": place, "commitOid": commit})

    def _host(self):
        return f"http://127.0.0.1:{self.server.server_port}"
