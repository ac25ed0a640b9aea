"""Tables in Markdown, and tables whose cells are parted by TABs."""

from __future__ import annotations

import re

from nqp.audit.readers.grid import Grid, caption, is_note

_RULE = re.compile(r"^\|?[\s:|-]+\|[\s:|-]*$")


def grids(text: str) -> list[Grid]:
    """The tables of a page, each with the caption above it and the note beneath."""
    lines = text.splitlines()
    found: list[Grid] = []
    at = 0
    above = ""
    while at < len(lines):
        line = lines[at]
        if not _is_row(line):
            if caption(line)[0]:
                above = line
            elif line.strip() and found and is_note(line) and not found[-1].note:
                while at + 1 < len(lines) and lines[at + 1].strip() and not _is_row(lines[at + 1]):
                    at += 1
                    line += " " + lines[at]
                found[-1].note = _plain(line)
            at += 1
            continue
        block = []
        while at < len(lines) and _is_row(lines[at]):
            if not _RULE.match(lines[at].strip()) or "\t" in lines[at]:
                block.append(_cells(lines[at]))
            at += 1
        if len(block) > 1:
            number, title = caption(above)
            if not number:
                below = next((line for line in lines[at : at + 3] if line.strip()), "")
                number, title = caption(below)
            found.append(Grid(block, title, number=number))
            above = ""
    return found


def _is_row(line: str) -> bool:
    return "\t" in line.strip("\n ") or line.strip().count("|") >= 2


def _cells(line: str) -> list[str]:
    if "\t" in line and line.count("|") < 2:
        return [_plain(cell) for cell in line.split("\t")]
    bare = re.sub(r"^\||\|$", "", line.strip())
    return [_plain(cell) for cell in re.split(r"(?<!\\)\|", bare)]


def _plain(cell: str) -> str:
    """A cell without what Markdown adds: escapes, emphasis of words, raised marks."""
    cell = re.sub(r"<br\s*/?>", " ", cell)
    cell = re.sub(r"</?[a-zA-Z]+[^>]*>", "", cell)
    cell = re.sub(r"\$\s*\^\s*\{?\s*((?:\\?\*|\\ast)+)\s*\}?\s*\$", r"\1", cell)
    cell = cell.replace("\\ast", "*").replace("\\*", "*").replace("\\|", "|").replace("\\_", "_")
    # Emphasis closes behind a word; "**p<0.05; ***p<0.01" explains marks.
    cell = re.sub(r"\*\*([A-Za-z\u4e00-\u9fff](?:[^*]*[^*\s])?)\*\*(?!\*)", r"\1", cell)
    return cell.replace("&nbsp;", " ").strip().strip("$")
