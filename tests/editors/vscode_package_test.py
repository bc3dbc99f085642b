"""Packages the VS Code extension as for a release, with and without the program, and looks into what came out.

Usage: vscode_package_test.py SOURCE_FOLDER AUTOFIX BUILD_FOLDER. In BUILD_FOLDER npm's packages are installed already.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

FILES = {
    "package.json", "readme.md", "changelog.md", "LICENSE.txt", "dist/extension.js", "images/icon.png",
    "walkthrough/server.md", "walkthrough/key.md", "walkthrough/fix.md",
}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+)\)")


def package(source, binary, out, build):
    """What is printed is a warning: the script is silent otherwise."""
    done = subprocess.run(
        ["sh", str(source / "package.sh"), binary, str(out)], env={**os.environ, "AUTOFIX_VSCODE_BUILD": build},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=240, check=False)
    said = [f"package.sh ended with {done.returncode}"] if done.returncode else []
    return said + done.stdout.splitlines()


def broken_links(archive):
    names = {name.lower() for name in archive.namelist()}
    for page in ["readme.md", "walkthrough/server.md", "walkthrough/key.md", "walkthrough/fix.md"]:
        for link in LINK.findall(archive.read(f"extension/{page}").decode()):
            if f"extension/{link}".lower() not in names and not link.startswith(("https://", "command:")):
                yield f"{page} leads to {link}, which is not in the package"


def what_is_wrong(path, program):
    with zipfile.ZipFile(path) as archive:
        inside = {name[len("extension/"):]: archive.getinfo(name) for name in archive.namelist()
                  if name.startswith("extension/")}
        screenshots = {name for name in inside if name.startswith("images/")}
        wanted = FILES | screenshots | ({"bin/autofix"} if program else set())
        if inside.keys() != wanted:
            yield f"{path.name} has {sorted(inside.keys() ^ wanted)} too much or too little"
        vsix = xml.etree.ElementTree.fromstring(archive.read("extension.vsixmanifest"))
        target = vsix.find(".//{*}Identity").get("TargetPlatform")
        if (target is not None) != bool(program):
            yield f"{path.name} is for {target or 'every platform'}"
        if program:
            if archive.read("extension/bin/autofix") != pathlib.Path(program).read_bytes():
                yield "the program in the package is another one"
            if inside["bin/autofix"].external_attr >> 16 & 0o777 != 0o755:
                yield "the program in the package cannot be executed"
        yield from broken_links(archive)
        yield from what_is_wrong_with_manifest(json.loads(archive.read("extension/package.json")))


def what_is_wrong_with_manifest(manifest):
    if "enabledApiProposals" in manifest:
        yield "proposed API is used"
    if manifest["extensionKind"] != ["workspace"]:
        yield "the extension would run where the window is, not where the files are"
    contributed = manifest["contributes"]
    for command in contributed["commands"]:
        # The server's own names are registered by the language client.
        if not command["command"].startswith("autofix.ui."):
            yield f"{command['command']} would clash with a command of the server"
    for name, setting in contributed["configuration"]["properties"].items():
        if name not in manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]:
            yield f"{name} may be set by a workspace that nobody trusts"
        if re.search(r"url|key|command|path|proxy", name, re.IGNORECASE) and setting["scope"] != "machine":
            yield f"{name} may be set by a workspace"


def run(source_folder, program, build):
    source = pathlib.Path(source_folder) / "editors/vscode"
    before = sorted(source.rglob("*"))
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    wrong = []
    with tempfile.TemporaryDirectory(prefix="autofix-vsix-") as name:
        for binary in [program, ""]:
            path = pathlib.Path(name) / ("platform.vsix" if binary else "universal.vsix")
            said = package(source, binary, path, build)
            wrong += said or what_is_wrong(path, binary)
    if json.loads((source / "package.json").read_text())["version"] not in version.split():
        wrong.append(f"the extension has another version than {version.strip()}")
    if sorted(source.rglob("*")) != before:
        wrong.append("packaging left files in the source tree")
    print("\n".join(wrong))
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if run(*sys.argv[1:4]) else 1)
