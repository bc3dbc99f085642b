"""What the tests of real editors share: a folder of their own for project, home and settings, stand-ins for the
providers, the server's launcher, and the search for keys. Standard library only."""
import http.server
import json
import pathlib
import signal
import subprocess
import sys
import threading

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lsp_record

KEYS = {"gemini": "AIzaCanaryEditorNotReal0123456789", "groq": "gsk_CanaryEditorNotReal0123456789"}
PARTS = ("bin", "home", "config/autofix", "state", "cache", "data", "run", "tmp", "events")


class Provider:
    """A stand-in that lives until its standard input closes and then writes what it was sent."""

    def __init__(self, program, name, script, folder):
        self.record = folder / f"{name}.sent"
        path = folder / f"{name}.json"
        path.write_text(json.dumps(script))
        self.process = subprocess.Popen(
            [program, name, "--script", str(path), "--record", str(self.record)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"the stand-in for {name} did not start: {line!r}")
        self.url = line.split()[1]
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A case that holds the stand-in may have failed before it let go.
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def was_asked(self):
        """Only after the end."""
        return b"POST /" in self.record.read_bytes()


class Peer(http.server.ThreadingHTTPServer):
    """What the program is no good for: it refuses the key when asked for its models; asked for a fix it leaves the file
    `asked` in the folder at once, never answers, and leaves `hung_up` when the client hangs up."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            error = {"code": 403, "status": "PERMISSION_DENIED", "message": "no such key"}
            body = json.dumps({"error": error}).encode()
            self.send_response(403)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            (self.server.events / "asked").touch()
            if self.rfile.read(1) == b"":
                (self.server.events / "hung_up").touch()
            self.close_connection = True

        def log_message(self, *_):
            pass

    daemon_threads = True
    pid = 0

    def __init__(self, events):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.events = events
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def was_asked(self):
        return (self.events / "asked").exists()


def make_project(folder, files):
    """The folders that environment() speaks of, and `folder/project`: a repository's root with these files, whose
    contents are text or bytes by path. Returns the root."""
    project = folder / "project"
    for part in PARTS:
        (folder / part).mkdir(parents=True)
    (project / ".git").mkdir(parents=True)
    for path, content in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return project


def install_server(folder, autofix):
    """`autofix` in the PATH of environment(): the server, and a record of what it and the editor say."""
    lsp_record.install(folder, autofix)


def configure(folder, providers, **settings):
    """The user's settings: these providers, stand-ins by link name, asked in this order."""
    links = {name: {"baseUrl": provider.url} for name, provider in providers.items()}
    config = {"chain": list(links), "providers": links, **settings}
    (folder / "config/autofix/config.json").write_text(json.dumps(config))


def environment(folder, **more):
    """What an editor is started with: nothing of the machine's own settings, and keys that must be seen nowhere."""
    return {
        "PATH": f"{folder}/bin:/usr/bin:/bin",
        "HOME": f"{folder}/home",
        "XDG_CONFIG_HOME": f"{folder}/config",
        "XDG_STATE_HOME": f"{folder}/state",
        "XDG_CACHE_HOME": f"{folder}/cache",
        "XDG_DATA_HOME": f"{folder}/data",
        "XDG_RUNTIME_DIR": f"{folder}/run",
        # Language servers leave files there when they are ended.
        "TMPDIR": f"{folder}/tmp",
        "GOOGLE_API_KEY": KEYS["gemini"],
        "GROQ_API_KEY": KEYS["groq"],
        "EVENTS": f"{folder}/events",
        "LC_ALL": "C.UTF-8",
        **more,
    }


def check_canaries(folder, *outputs):
    """Complaints about keys in outputs and in what server and editor keep. Empty is good."""
    seen = ["in the output" for output in outputs if "Canary" in output]
    for part in ("project", "config", "state", "cache", "data"):
        seen += [f"in {path.relative_to(folder)}" for path in (folder / part).rglob("*")
                 if path.is_file() and b"Canary" in path.read_bytes()]
    return [f"a key was seen {where}" for where in seen]


def check_conversation(folder, meta_model):
    """Complaints about what the servers said. Empty is good; `meta_model` is where meta_model/install.sh made it."""
    return lsp_record.check(folder, meta_model)


def logs(folder):
    """The server's and the editor's logs and what they said to each other, for who reads a failure."""
    paths = [*(folder / "state").rglob("*.log"), *folder.glob("lsp.record")]
    return "\n".join(f"{path}\n{path.read_text(errors='replace')[-4000:]}" for path in paths)
