"""The Hub and its CDN on two loopback addresses, as far as downloads go. tests/oracle/test_hub.py shows that huggingface_hub
itself downloads from it, so that what quantbench is shown is what the Hub shows.

    with LoopbackHub() as hub:
        hub.add("models", "acme/tiny", {"config.json": b"{}", "model.safetensors": pathlib.Path(...)})
        hub.rename("models", "tiny", "acme/tiny")
        subprocess.run(..., env=os.environ | hub.environment(home))
"""

import hashlib
import json
import pathlib
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = (".safetensors", ".bin", ".parquet", ".h5")
SIGNATURE = "X-Amz-Signature=signed-secret"


class File:
    """Content (bytes, or the path of a file) and its names: Git's blob SHA-1, and SHA-256 for large files (LFS)."""

    def __init__(self, name, content):
        self.content = content
        self.large = name.endswith(LARGE)
        data = self.data
        self.size = len(data)
        self.sha1 = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        self.etag = hashlib.sha256(data).hexdigest() if self.large else self.sha1

    @property
    def data(self):
        return self.content.read_bytes() if isinstance(self.content, pathlib.Path) else self.content


class Commit:
    def __init__(self, key, revision, files):
        self.key = key
        self.files = {name: File(name, content) for name, content in sorted(files.items())}
        text = key + revision + "".join(name + file.etag for name, file in self.files.items())
        self.hash = hashlib.sha1(text.encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        path, _, query = self.path.partition("?")
        with self.server.lock:
            self.server.requests.append((self.command, path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.route(self, path, query)

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reply_json(self, value):
        self.reply(200, json.dumps(value).encode(), Content_Type="application/json")

    def refuse(self, status, code, message, **headers):
        self.reply(status, b"", **headers, X_Error_Message=message, **({"X_Error_Code": code} if code else {}))

    def reply_content(self, file, **headers):
        data = file.data
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes="):
            return self.reply(200, data, **headers)
        begin, _, end = wanted[6:].partition("-")
        begin, end = int(begin), min(int(end) if end else len(data) - 1, len(data) - 1)
        if begin >= len(data):
            return self.reply(416, Content_Range=f"bytes */{len(data)}")
        return self.reply(206, data[begin:end + 1], Content_Range=f"bytes {begin}-{end}/{len(data)}", **headers)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, route):
        super().__init__(("127.0.0.1", 0), Handler)
        self.route = route
        self.requests = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, kwargs=dict(poll_interval=0.02))
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class LoopbackHub:
    """`token`: without it every answer is 401; None: anyone may read."""

    def __init__(self, token=None):
        self.token = token
        self.commits = {}  # "models/acme/tiny" -> revision -> Commit
        self.renamed = {}
        self.blobs = {}

    def __enter__(self):
        self.cdn = Server(self.route_cdn)
        self.hub = Server(self.route_hub)
        return self

    def __exit__(self, *_):
        self.hub.stop()
        self.cdn.stop()

    def add(self, kind, name, files, revision="main"):
        """`kind`: "models" or "datasets". The commit's hash."""
        key = f"{kind}/{name}"
        commit = Commit(key, revision, files)
        self.commits.setdefault(key, {})[revision] = commit
        self.blobs |= {file.etag: file for file in commit.files.values() if file.large}
        return commit.hash

    def rename(self, kind, old, now):
        self.renamed[f"{kind}/{old}"] = f"{kind}/{now}"

    def environment(self, home):
        """Of a process that is to use this Hub and keep its files below `home`."""
        return dict(HF_ENDPOINT=self.hub.url, HF_HOME=str(home), HF_HUB_OFFLINE="0", no_proxy="127.0.0.1",
                    HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_UPDATE_CHECK="1")

    def route_hub(self, request, path, query):
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return request.refuse(401, None, "Invalid credentials in Authorization header")
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "resolve-cache"]:
            return self.send_small(request, parts[2:])
        if parts[0] == "api":
            return self.route_api(request, parts[1:], query)
        kind = parts.pop(0) if parts[0] == "datasets" else "models"
        if "resolve" not in parts[1:]:
            return request.refuse(404, None, "Not Found")
        at = parts.index("resolve", 1)
        prefix = "" if kind == "models" else "datasets/"
        commit = self.find(request, kind, parts[:at], parts[at + 1],
                           lambda now: "/" + prefix + "/".join([now] + parts[at:]))
        if commit:
            self.resolve(request, commit, urllib.parse.unquote("/".join(parts[at + 2:])), parts[at + 2:])

    def route_api(self, request, parts, query):
        kind, parts = parts[0], parts[1:]
        action = next((word for word in ("revision", "tree") if word in parts[1:]), None)
        at = parts.index(action, 1) if action else len(parts)
        revision = parts[at + 1] if action else "main"
        moved = lambda now: f"/api/{kind}/" + "/".join([now] + parts[at:]) + (f"?{query}" if query else "")
        commit = self.find(request, kind, parts[:at], revision, moved)
        if not commit:
            return None
        if action == "tree":
            return request.reply_json([self.describe(name, file) for name, file in commit.files.items()])
        return request.reply_json(dict(id=commit.key.split("/", 1)[1], sha=commit.hash, private=False, gated=False, tags=[],
                                       siblings=[dict(rfilename=name) for name in commit.files]))

    def find(self, request, kind, name, revision, moved):
        """The commit; None when the request was answered instead."""
        key = "/".join([kind] + name)
        if key in self.renamed:
            request.reply(307, Location=moved(self.renamed[key].split("/", 1)[1]))
        elif key not in self.commits:
            request.refuse(401, "RepoNotFound", "Repository not found")
        else:
            revision = urllib.parse.unquote(revision)
            for known, commit in self.commits[key].items():
                if revision in (known, commit.hash):
                    return commit
            request.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return None

    @staticmethod
    def describe(name, file):
        lfs = dict(lfs=dict(oid=file.etag, size=file.size, pointerSize=134)) if file.large else {}
        return dict(type="file", path=name, size=file.size, oid=file.sha1) | lfs

    def resolve(self, request, commit, name, quoted):
        file = commit.files.get(name)
        if file is None:
            return request.refuse(404, "EntryNotFound", "Entry not found", X_Repo_Commit=commit.hash)
        if not file.large:
            return request.reply(307, Location="/".join(["/api/resolve-cache", commit.key, commit.hash] + quoted),
                                 X_Repo_Commit=commit.hash)
        return request.reply(302, Location=f"{self.cdn.url}/{file.etag}?{SIGNATURE}", X_Repo_Commit=commit.hash,
                             X_Linked_Etag=f'"{file.etag}"', X_Linked_Size=str(file.size))

    def send_small(self, request, parts):
        path = "/".join(parts)
        for commits in self.commits.values():
            for commit in commits.values():
                prefix = f"{commit.key}/{commit.hash}/"
                if path.startswith(prefix):
                    file = commit.files[urllib.parse.unquote(path[len(prefix):])]
                    return request.reply_content(file, ETag=f'"{file.etag}"', X_Repo_Commit=commit.hash)
        return request.refuse(404, None, "Not Found")

    def route_cdn(self, request, path, query):
        file = self.blobs.get(path[1:])
        if file is None or query != SIGNATURE or "Authorization" in request.headers:
            return request.reply(403)
        return request.reply_content(file, ETag='"of-the-storage"')
