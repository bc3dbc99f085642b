"""Drives a real Neovim with a real language server and the built one.
Usage: neovim_test.py NVIM AUTOFIX FAKE_PROVIDER META_MODEL CASE [PYRIGHT_LANGSERVER]"""
import contextlib
import dataclasses
import os
import pathlib
import pty
import subprocess
import sys
import tempfile

import rig

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 120  # seconds
PLUGIN = HERE.parent.parent / "editors/nvim"
SOURCE = "int main() {\n  int length = 0;\n  return lenght;\n}\n"
FIXED = SOURCE.replace("lenght", "length")
CREATED = '#include "length.h"\n' + SOURCE


def reply(*edits):
    """A model's reply: edits are (path, old lines, new lines)."""
    blocks = [f"{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n" for path, old, new in edits]
    return "The name is misspelt.\n\n" + "\n".join(blocks)


QUOTA = [{"preset": "quota_per_day"}]
OK = [{"ok": reply(("main.cpp", "  return lenght;\n", "  return length;\n"))}]
NEW_FILE = [{"ok": reply(("length.h", "", "inline int lenght = 0;\n"),
                         ("main.cpp", "int main() {\n", '#include "length.h"\nint main() {\n'))}]


@dataclasses.dataclass(frozen=True)
class Case:
    script: str                   # of tests/editors/neovim
    gemini: list | None = None    # what the stand-in answers; None: a Peer
    groq: list = dataclasses.field(default_factory=lambda: OK)
    asked: str = ""               # who is asked for a fix, separated by spaces
    files: dict = dataclasses.field(default_factory=lambda: {"main.cpp": SOURCE})
    saved: dict = dataclasses.field(default_factory=dict)   # what else the case leaves on disk
    want: str = FIXED             # the text that the case expects in its buffer
    plugin: bool = True           # on the runtime path from the start
    server: bool = True           # is started
    init: str = ""                # the user's init.lua; then the file is named on the command line


PYTHON = "length = 0\nprint(lenght)\n"
PYTHON_FIXED = PYTHON.replace("lenght", "length")
OK_PYTHON = [{"ok": reply(("main.py", "print(lenght)\n", "print(length)\n"))}]
# The documentation's own lines.
INIT = """dofile(vim.env.CASE_FOLDER .. "/common.lua").start_sources()
vim.opt.rtp:prepend(vim.env.PLUGIN)
if vim.fn.has("nvim-0.11") == 1 then
  vim.lsp.enable("autofix")
else
  require("autofix").setup()
end
"""
CRLF = SOURCE.replace("\n", "\r\n")
CASES = {
    "fix": Case("fix.lua", QUOTA, asked="gemini groq", saved={"main.cpp": FIXED, "undone": SOURCE}),
    "crlf": Case("fix.lua", QUOTA, asked="gemini groq", files={"main.cpp": CRLF},
                 saved={"main.cpp": FIXED.replace("\n", "\r\n"), "undone": CRLF}),
    "pyright": Case("fix.lua", QUOTA, OK_PYTHON, asked="gemini groq", files={"main.py": PYTHON}, want=PYTHON_FIXED,
                    saved={"main.py": PYTHON_FIXED, "undone": PYTHON}),
    "message": Case("message.lua", QUOTA, asked="gemini groq", want="misspelt"),
    "failure": Case("message.lua", QUOTA, QUOTA, asked="gemini groq", want="exhausted"),
    "trust": Case("trust.lua", OK),
    "started": Case("started.lua", OK, asked="gemini", plugin=False, init=INIT),
    "lazy": Case("lazy.lua", OK, asked="gemini", plugin=False),
    "pack": Case("pack.lua", OK, asked="gemini", plugin=False),
    "help": Case("help.lua", OK, server=False),
    "cancel": Case("cancel.lua", asked="gemini"),
    "stale": Case("stale.lua", OK, asked="gemini"),
    "unsent": Case("unsent.lua", OK, asked="gemini"),
    "create": Case("create.lua", NEW_FILE, asked="gemini", want=CREATED),
    "health": Case("health.lua"),
    "preview": Case("preview.lua", OK),
    "tests": Case("tests.lua", QUOTA, asked="gemini groq"),
    "neotest": Case("neotest.lua", OK, asked="gemini"),
    "reports": Case("reports.lua", QUOTA, asked="gemini groq"),
    "forward": Case("forward.lua", OK),
    "buffers": Case("buffers.lua", OK, asked="gemini",
                    files={"main.cpp": SOURCE, "second.cpp": "int second();\n", "other/.autofix.json": "{}\n",
                           "other/main.cpp": "int other();\n"}),
    "commands": Case("commands.lua", OK, asked="groq"),
}

# As what a user does: after Neovim has started. An error in the script has to end it, it would wait for keys otherwise.
RUN = """lua vim.api.nvim_create_autocmd("VimEnter", {{ callback = vim.schedule_wrap(function()
  local ok, why = xpcall(dofile, debug.traceback, [[{}]])
  if not ok then io.stderr:write(why) vim.cmd("cquit 1") end
end) }})""".replace("\n", " ")


def start(nvim, case, folder, project, more):
    # --clean leaves the plugin's folder out, so it is added as a plugin manager would.
    setup = ["--clean"] + (["--cmd", f"set rtp^={PLUGIN}"] if case.plugin else [])
    if case.init:
        (folder / "init.lua").write_text(case.init)
        setup = ["-u", str(folder / "init.lua"), more["FILE"]]
    command = [nvim, *setup, "--headless", "-n", "-i", "NONE",
               "-c", RUN.format(HERE / "neovim" / case.script)]
    # A terminal: what comes from anything else Neovim opens as a text, before the file.
    master, terminal = pty.openpty()
    try:
        return subprocess.run(command, cwd=project, env=rig.environment(folder, **more), capture_output=True, text=True,
                              timeout=LIMIT, stdin=terminal)
    finally:
        os.close(master)
        os.close(terminal)


def run(nvim, autofix, fake, meta_model, name, pyright=""):
    case = CASES[name]
    with tempfile.TemporaryDirectory(prefix="autofix-nvim-") as temporary, contextlib.ExitStack() as running:
        folder = pathlib.Path(temporary)
        project = rig.make_project(folder, case.files)
        rig.install_server(folder, autofix)
        gemini = rig.Provider(fake, "gemini", case.gemini, folder) if case.gemini else rig.Peer(folder / "events")
        providers = {"gemini": gemini, "groq": rig.Provider(fake, "groq", case.groq, folder)}
        for provider in providers.values():
            running.enter_context(provider)
        rig.configure(folder, providers)
        done = start(nvim, case, folder, project, {
            "GEMINI_PID": str(gemini.pid), "CASE_FOLDER": str(HERE / "neovim"), "WANT": case.want, "PYRIGHT": pyright,
            "PLUGIN": str(PLUGIN), "NEOVIM": nvim, "FILE": next(iter(case.files)),
        })
        running.close()
        output = done.stdout + done.stderr
        wrong = [] if done.returncode == 0 else [f"Neovim ended with {done.returncode}"]
        asked = sorted(link for link, provider in providers.items() if provider.was_asked())
        if asked != case.asked.split():
            wrong.append(f"asked for a fix: {asked}, not {case.asked}")
        for path, text in {**case.files, **case.saved}.items():
            on_disk = (project / path).read_bytes() if (project / path).exists() else None
            if on_disk != text.encode():
                wrong.append(f"{path} on disk is {on_disk!r}")
        wrong += rig.check_canaries(folder, output)
        if case.server:
            wrong += rig.check_conversation(folder, meta_model)
        if wrong:
            print("\n".join(wrong), output, rig.logs(folder), sep="\n")
        elif output:
            print(output)
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:7]))
