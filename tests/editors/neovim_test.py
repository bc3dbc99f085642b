"""Drives a real Neovim with clangd and the built server. Usage: neovim_test.py NVIM AUTOFIX FAKE_PROVIDER CASE"""
import contextlib
import http.server
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = "int main() {\n  int length = 0;\n  return lenght;\n}\n"
FIXED = SOURCE.replace("lenght", "length")
REPLY = "The name is misspelt.\n\nmain.cpp\n<<<<<<< SEARCH\n  return lenght;\n=======\n  return length;\n>>>>>>> REPLACE\n"
QUOTA = [{"preset": "quota_per_day"}]
OK = [{"ok": REPLY}]
INCLUDED = '#include "length.h"\n' + SOURCE
NEW_FILE = [{"ok": "The name has no declaration.\n\n"
                   "length.h\n<<<<<<< SEARCH\n=======\ninline int lenght = 0;\n>>>>>>> REPLACE\n\n"
                   "main.cpp\n<<<<<<< SEARCH\nint main() {\n=======\n#include \"length.h\"\nint main() {\n"
                   ">>>>>>> REPLACE\n"}]
CASES = {
    # name: (Lua file, Gemini's script, Groq's script, line ending, who is asked for a fix). No script: a Peer.
    "fix": ("fix.lua", QUOTA, OK, "\n", {"gemini", "groq"}),
    "crlf": ("fix.lua", QUOTA, OK, "\r\n", {"gemini", "groq"}),
    "cancel": ("cancel.lua", None, OK, "\n", {"gemini"}),
    "stale": ("stale.lua", OK, OK, "\n", {"gemini"}),
    "unsent": ("unsent.lua", OK, OK, "\n", {"gemini"}),
    "create": ("create.lua", NEW_FILE, OK, "\n", {"gemini"}),
    "health": ("health.lua", None, OK, "\n", set()),
    "preview": ("preview.lua", OK, OK, "\n", set()),
    "tests": ("tests.lua", QUOTA, OK, "\n", {"gemini", "groq"}),
    "reports": ("reports.lua", QUOTA, OK, "\n", {"gemini", "groq"}),
    "forward": ("forward.lua", OK, OK, "\n", set()),
    "commands": ("commands.lua", OK, OK, "\n", {"groq"}),
}
KEYS = {"gemini": "AIzaCanaryNeovimNotReal0123456789", "groq": "gsk_CanaryNeovimNotReal0123456789"}


# An error in the script has to end Neovim, which would wait for keys otherwise.
RUN = "local ok, why = xpcall(dofile, debug.traceback, [[{}]]) if not ok then io.stderr:write(why) vim.cmd('cquit 1') end"


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
        return b"POST /" in self.record.read_bytes()


class Peer(http.server.ThreadingHTTPServer):
    """What the program is no good for: it refuses the key when asked
    for its models, and asked for a fix it says so at once, never answers, and says when the client hangs up."""

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


def run(nvim, autofix, fake, case):
    script, gemini_script, groq_script, ending, asked = CASES[case]
    with tempfile.TemporaryDirectory(prefix="autofix-nvim-") as name:
        folder = pathlib.Path(name)
        project = folder / "project"
        for part in ("project/.git", "bin", "home", "config/autofix", "state", "cache", "data", "run", "tmp",
                     "events"):
            (folder / part).mkdir(parents=True)
        (folder / "bin/autofix").symlink_to(autofix)
        source = SOURCE.replace("\n", ending).encode()
        (project / "main.cpp").write_bytes(source)
        with contextlib.ExitStack() as running:
            gemini = running.enter_context(
                Provider(fake, "gemini", gemini_script, folder) if gemini_script else Peer(folder / "events"))
            groq = running.enter_context(Provider(fake, "groq", groq_script, folder))
            config = {
                "chain": ["gemini", "groq"],
                "providers": {"gemini": {"baseUrl": gemini.url}, "groq": {"baseUrl": groq.url}},
            }
            (folder / "config/autofix/config.json").write_text(json.dumps(config))
            environment = {
                "PATH": f"{folder}/bin:/usr/bin:/bin",
                "HOME": f"{folder}/home",
                "XDG_CONFIG_HOME": f"{folder}/config",
                "XDG_STATE_HOME": f"{folder}/state",
                "XDG_CACHE_HOME": f"{folder}/cache",
                "XDG_DATA_HOME": f"{folder}/data",
                "XDG_RUNTIME_DIR": f"{folder}/run",
                # clangd's preambles stay behind when it is ended.
                "TMPDIR": f"{folder}/tmp",
                "GOOGLE_API_KEY": KEYS["gemini"],
                "GROQ_API_KEY": KEYS["groq"],
                "EVENTS": f"{folder}/events",
                "GEMINI_PID": str(gemini.pid),
                "CASE_FOLDER": str(HERE / "neovim"),
                "WANT": FIXED,
                "WANT_CREATE": INCLUDED,
                "LC_ALL": "C.UTF-8",
            }
            plugin = HERE.parent.parent / "editors/nvim"
            # --clean leaves the plugin's folder out, so it is added as a plugin manager would.
            command = [nvim, "--clean", "--headless", "--cmd", f"set rtp^={plugin}", "-n", "-i", "NONE",
                       "-c", f"lua {RUN.format(HERE / 'neovim' / script)}"]
            done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120,
                                  stdin=subprocess.DEVNULL)
        output = done.stdout + done.stderr
        wrong = []
        if done.returncode != 0:
            wrong.append(f"Neovim ended with {done.returncode}")
        were_asked = {name for name, provider in (("gemini", gemini), ("groq", groq)) if provider.was_asked()}
        if were_asked != asked:
            wrong.append(f"asked for a fix: {sorted(were_asked)}, not {sorted(asked)}")
        if script == "fix.lua":
            fixed = FIXED.replace("\n", ending).encode()
            if (project / "main.cpp").read_bytes() != fixed:
                wrong.append(f"the saved file is {(project / 'main.cpp').read_bytes()!r}")
            undone = project / "undone.cpp"
            if not undone.exists() or undone.read_bytes() != source:
                wrong.append("one undo did not restore the bytes")
        elif (project / "main.cpp").read_bytes() != source:
            wrong.append("the file on disk was changed")
        everything = output + "".join(
            path.read_text(errors="replace") for part in ("state", "cache", "data") for path in (folder / part).rglob("*")
            if path.is_file()
        )
        if "Canary" in everything:
            wrong.append("a key was seen")
        if wrong:
            print("\n".join(wrong))
            print(output)
            for path in (folder / "state").rglob("*.log"):
                print(path, path.read_text(errors="replace")[-4000:])
        return not wrong


if __name__ == "__main__":
    sys.exit(0 if run(*sys.argv[1:5]) else 1)
