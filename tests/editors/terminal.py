"""A terminal that an editor runs in and that is looked at: a tmux server of its own, which ends with it."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

LIMIT = 60


def wait_until(what, holds):
    """What `holds` returns once it is true."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(f"waited {LIMIT} s in vain: {what}")


class Terminal:
    def __init__(self, command, folder, environment):
        self.tmux = [shutil.which("tmux") or "tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.command = command
        self.folder = folder / "project"
        self.environment = {**environment, "TERM": "xterm-256color"}

    def _run(self, *words):
        done = subprocess.run(self.tmux + list(words), env=self.environment, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def __enter__(self):
        # The pane stays when the editor has ended, so that its last words can be read.
        self._run("new-session", "-d", "-x", "160", "-y", "40", "-c", str(self.folder), *self.command, ";",
                  "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "escape-time", "0")
        self.pid = int(self._run("display-message", "-p", "#{pane_pid}"))
        return self

    def __exit__(self, *_):
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
        self._run("kill-server")

    def has_ended(self):
        return self._run("display-message", "-p", "#{pane_dead}").strip() == "1"

    def screen(self):
        return self._run("capture-pane", "-p")

    def keys(self, *names):
        """Names of tmux, such as Enter and C-r; every other string is typed as it is."""
        for name in names:
            self._run("send-keys", name)

    def type(self, text):
        self._run("send-keys", "-l", text)

    def wait_for(self, text):
        """The screen that shows it."""
        def look():
            screen = self.screen()
            return screen if text in screen else None
        try:
            return wait_until(f"{text!r} on the screen", look)
        except TimeoutError as fault:
            raise TimeoutError(f"{fault}\n{self.screen()}") from None

    def wait_for_end(self):
        wait_until("the editor ends", self.has_ended)


def content_of(path):
    """None while there is no file: some editors save by moving a new one into the old one's place."""
    try:
        return pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        return None


def wait_for_file(path, content):
    """Until the file has these bytes."""
    try:
        wait_until(f"{path} is {content!r}", lambda: content_of(path) == content)
    except TimeoutError as fault:
        raise TimeoutError(f"{fault}, not {content_of(path)!r}") from None
