"""Drives a real Neovim with clangd and the built server. Usage: neovim_test.py NVIM AUTOFIX FAKE_PROVIDER CASE"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = "int main() {\n  int length = 0;\n  return lenght;\n}\n"
FIXED = SOURCE.replace("lenght", "length")
REPLY = "The name is misspelt.\n\nmain.cpp\n<<<<<<< SEARCH\n  return lenght;\n=======\n  return length;\n>>>>>>> REPLACE\n"
QUOTA = [{"preset": "quota_per_day"}]
CASES = {
    # name: (Lua file, Gemini's script, Groq's script, line ending)
    "fix": ("fix.lua", QUOTA, [{"ok": REPLY}], "\n"),
    "crlf": ("fix.lua", QUOTA, [{"ok": REPLY}], "\r\n"),
    "cancel": ("cancel.lua", [{"stall": True}], [{"ok": REPLY}], "\n"),
    "stale": ("stale.lua", [{"ok": REPLY, "delayMs": 400}], [{"ok": REPLY}], "\n"),
    "health": ("health.lua", [{"ok": REPLY}], [{"ok": REPLY}], "\n"),
    "preview": ("preview.lua", [{"ok": REPLY}], [{"ok": REPLY}], "\n"),
    "tests": ("tests.lua", QUOTA, [{"ok": REPLY}], "\n"),
}


# An error in the script has to end Neovim, which would wait for keys otherwise.
RUN = "local ok, why = xpcall(dofile, debug.traceback, [[{}]]) if not ok then io.stderr:write(why) vim.cmd('cquit 1') end"


class Provider:
    """A stand-in that lives until its standard input closes."""

    def __init__(self, program, name, script, folder):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(script))
        self.process = subprocess.Popen(
            [program, name, "--script", str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"the stand-in for {name} did not start: {line!r}")
        self.url = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def run(nvim, autofix, fake, case):
    script, gemini_script, groq_script, ending = CASES[case]
    with tempfile.TemporaryDirectory(prefix="autofix-nvim-") as name:
        folder = pathlib.Path(name)
        project = folder / "project"
        for part in ("project/.git", "bin", "home", "config/autofix", "state", "cache", "data", "run"):
            (folder / part).mkdir(parents=True)
        (folder / "bin/autofix").symlink_to(autofix)
        source = SOURCE.replace("\n", ending).encode()
        (project / "main.cpp").write_bytes(source)
        with Provider(fake, "gemini", gemini_script, folder) as gemini, Provider(fake, "groq", groq_script, folder) as groq:
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
                "GOOGLE_API_KEY": "AIzaCanaryNeovimNotReal0123456789",
                "GROQ_API_KEY": "gsk_CanaryNeovimNotReal0123456789",
                "CASE_FOLDER": str(HERE / "neovim"),
                "WANT": FIXED,
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
