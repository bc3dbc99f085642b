"""Runs the conversation tests and the fixtures of editors once more, through the tap, and checks what the servers said.
Usage: conversations_test.py META_MODEL AUTOFIX CONVERSATION_TESTS FIXTURE_RUNNER FIXTURES"""
import os
import pathlib
import subprocess
import sys
import tempfile

import lsp_record

# A check of little proves little: the tests make the server say all of this.
SAID = {
    "$/progress", "autofix/session", "autofix/status", "client/registerCapability", "client/unregisterCapability",
    "textDocument/publishDiagnostics", "window/showMessage", "window/showMessageRequest", "window/workDoneProgress/create",
    "workspace/applyEdit",
}
ANSWERED = {
    "autofix/fix", "autofix/preview", "autofix/status", "codeAction/resolve", "initialize", "shutdown",
    "textDocument/codeAction", "workspace/executeCommand",
}


def missing(folder):
    said, asked = set(), set()
    for line in lsp_record.lines(folder):
        message = line.get("message")
        if isinstance(message, dict) and isinstance(message.get("method"), str):
            (said if line["from"] == "server" else asked).add(message["method"])
    return sorted((SAID - said) | (ANSWERED - asked))


def main(meta_model, autofix, conversation_tests, fixture_runner, fixtures):
    editors = sorted(str(path) for path in pathlib.Path(fixtures).glob("editor-*.txt"))
    if not editors:
        sys.exit(f"no fixture of an editor in {fixtures}")
    commands = [[conversation_tests], *([fixture_runner, path] for path in editors)]
    with tempfile.TemporaryDirectory(prefix="autofix-conversations-") as name:
        launcher = lsp_record.install(name, autofix)
        wrong = 0
        for command in commands:
            done = subprocess.run(command, env={**os.environ, "AUTOFIX_BINARY": str(launcher)}, text=True, timeout=600,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                wrong += 1
                print(" ".join(command), f"ended with {done.returncode}:", done.stdout, sep="\n")
        complaints = lsp_record.check(name, meta_model)
        unseen = missing(name)
    for complaint in complaints:
        print(complaint)
    if unseen:
        print("never seen:", *unseen)
    print(f"{len(commands)} programs")
    return 1 if wrong or complaints or unseen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
