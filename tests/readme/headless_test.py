"""Pastes the session of editors/headless.md into a shell and holds what is printed against what the page shows.

Usage: headless_test.py SOURCE_FOLDER AUTOFIX SHELL. A shown answer is a part of the real one: objects by their members,
lists element by element, and "…" inside a string is any text.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

END_OF_BLOCK = "\x1e"


def section(page, title):
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"no section {title!r}")
    return found.group(1)


def steps(text):
    """(what is pasted, what is shown of the output), in order; several outputs of one block are shown one by one."""
    out = []
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "sh":
            out.append((body, []))
        elif language == "json":
            out[-1][1].append(json.loads(body))
        elif language == "text":
            out[-1][1].append(body.rstrip("\n"))
        else:
            raise ValueError(f"a block of {language!r} says neither what is pasted nor what comes")
    return out


def difference(shown, got, at="answer"):
    if isinstance(shown, dict) and isinstance(got, dict):
        for key, value in shown.items():
            if key not in got:
                return f"{at}.{key} is not there"
            if found := difference(value, got[key], f"{at}.{key}"):
                return found
        return ""
    if isinstance(shown, list) and isinstance(got, list) and len(shown) == len(got):
        return next(filter(None, (difference(*pair, f"{at}[{n}]") for n, pair in enumerate(zip(shown, got)))), "")
    if isinstance(shown, str) and isinstance(got, str):
        pattern = ".*".join(map(re.escape, shown.split("…")))
        return "" if re.fullmatch(pattern, got, re.DOTALL) else f"{at} is {got!r}, shown is {shown!r}"
    return "" if shown == got and type(shown) is type(got) else f"{at} is {got!r}, shown is {shown!r}"


def compare(block, shown, printed):
    lines = printed.splitlines()
    if len(lines) != len(shown):
        yield f"{len(lines)} lines were printed, {len(shown)} are shown, after\n{block}printed were\n{printed}"
        return
    for wanted, line in zip(shown, lines):
        if isinstance(wanted, str):
            found = "" if wanted == line else f"printed is {line!r}, shown is {wanted!r}"
        else:
            found = difference(wanted, json.loads(line))
        if found:
            yield f"{found}, after\n{block}printed was\n{line}"


def main():
    source, autofix, shell = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    page = (source / "editors/headless.md").read_text()
    session = steps(section(page, "By hand"))
    pasted = "".join(f"{block}printf '\\036'\n" for block, _ in session)
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        for name in ("bin", "home", "tmp"):
            (temp / name).mkdir()
        (temp / "bin/autofix").symlink_to(autofix)
        environment = {"PATH": f"{temp}/bin:/usr/bin:/bin", "HOME": f"{temp}/home", "TMPDIR": f"{temp}/tmp"}
        ran = subprocess.run([shell], input=pasted, env=environment, text=True, capture_output=True, timeout=60, check=False)
        logs = "".join(path.read_text() for path in temp.glob("tmp/*/log"))
        untouched = [path.read_text() for path in temp.glob("tmp/*/project/app.py")]
    printed = ran.stdout.split(END_OF_BLOCK)
    failures = []
    if ran.returncode != 0 or ran.stderr or len(printed) != len(session) + 1:
        failures.append(f"{shell} ended with {ran.returncode} after {len(printed) - 1} of {len(session)} blocks\n{ran.stderr}")
    for (block, shown), output in zip(session, printed):
        failures.extend(compare(block, shown, output))
    if untouched != ["import sys\n\nprint(os.getcwd())\n"]:
        failures.append(f"the file is not what it was: {untouched}")
    if sum(len(shown) for _, shown in session) < 5:
        failures.append("the page shows hardly any answer: is it read rightly?")
    for failure in failures:
        print(failure)
    if failures:
        print(f"the server's log:\n{logs}")
    print(f"{len(session)} blocks, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
