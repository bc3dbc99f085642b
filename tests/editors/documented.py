"""Settings as the page for users has them: tests take them from there, so that the page cannot go out of date."""
import pathlib

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "editors/README.md"


def block(heading, language):
    """The only block of that language in the section with that heading."""
    found = []
    section = None
    lines = None
    for line in PAGE.read_text().splitlines():
        if lines is not None and line == "```":
            found.append("\n".join(lines) + "\n")
            lines = None
        elif lines is not None:
            lines.append(line)
        elif line.startswith("#"):
            section = line.lstrip("#").strip()
        elif line.startswith("```") and section == heading and line[3:] == language:
            lines = []
    if len(found) != 1:
        raise LookupError(f"{len(found)} blocks of {language} under {heading!r} in {PAGE}")
    return found[0]
