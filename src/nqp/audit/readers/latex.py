"""Tables in LaTeX: `tabular` and its like, as esttab, outreg2 and people write them."""

from __future__ import annotations

import re

from nqp.audit.readers.grid import Grid, caption, is_note

_TABLE = re.compile(
    r"\\begin\{(tabular\*?|tabularx|tabulary|longtable|tabu|longtabu)\}(.*?)\\end\{\1\}", re.DOTALL
)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|"
    r"addlinespace|specialrule|morecmidrules|centering|small|footnotesize|scriptsize|doublehline)"
    r"(?:\[[^\]]*\])?|\\c(?:mid|line)rule(?:\([^)]*\))?(?:\[[^\]]*\])?\{[^}]*\}|\\cline\{[^}]*\}"
)
_NAMED = {
    r"\dagger": "†", r"\dag": "†", r"\ddagger": "‡", r"\ast": "*", r"\star": "*",
    r"\times": "×", r"\checkmark": "✓", r"\textminus": "-", r"\%": "%", r"\&": "&", r"\_": "_",
    r"\$": "", r"\(": "", r"\)": "", r"\[": "", r"\]": "",
    r"\#": "#", r"\,": "", r"\ ": " ", r"\;": "", r"\!": "", r"\quad": " ",
    r"\sim": "~", r"\textless": "<", r"\textgreater": ">", r"\leq": "≤",
}  # fmt: skip


def grids(text: str) -> list[Grid]:
    """The tables of a source, each with its caption and its notes."""
    text = re.sub(r"(?<!\\)%.*", "", text)
    found = []
    for match in _TABLE.finditer(text):
        start = text.rfind(r"\begin{table", 0, match.start())
        closed = text.rfind(r"\end{table", 0, match.start())
        end = text.find(r"\end{table", match.end())
        floats = start > closed and end >= 0
        around = text[start:end] if floats else text[max(0, match.start() - 400) : match.start()]
        after = text[match.end() : end] if floats else text[match.end() : match.end() + 800]
        title = _caption(around) or _caption(match[2])
        body = _without_argument(re.sub(r"\\caption\{.*?\}\s*(?=\\\\)", "", match[2]))
        rows = [_cells(row) for row in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", body)]
        note = " ".join(line for line in map(bare, re.split(r"\n\s*\n|\\item", after)) if (
            is_note(line)
        ))  # fmt: skip
        number, named = caption(title)
        found.append(Grid([r for r in rows if any(r)], named or title, note, number))
    return found


def bare(text: str) -> str:
    """The text without commands: what a reader of the printed page sees."""
    text = _RULES.sub(" ", text)
    for command, sign in _NAMED.items():
        end = r"(?![a-zA-Z])" if command[-1].isalpha() else ""
        text = re.sub(re.escape(command) + end, sign, text)
    for _ in range(6):
        before = text
        text = re.sub(r"\\multirow(?:\[[^\]]*\])?\{[^{}]*\}(?:\[[^\]]*\])?\{[^{}]*\}", "", text)
        text = re.sub(r"\\(?:begin|end)\{[^{}]*\}(?:\[[^\]]*\])?", " ", text)
        text = re.sub(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"[\^]\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"_\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\{([^{}]*)\}", r"\1", text)
        if text == before:
            break
    text = re.sub(r"\\[a-zA-Z]+\*?", " ", text)
    text = re.sub(r"\^(?=[*†‡+\d])", "", text)
    return re.sub(r"\s+", " ", text.replace("$", "").replace("~", " ").replace("--", "-")).strip()


def _caption(text: str) -> str:
    found = re.search(r"\\caption\*?(?:\[[^\]]*\])?\{", text)
    if not found:
        return ""
    end = _closing(text, found.end() - 1)
    return bare(re.sub(r"\\label\{[^}]*\}", "", text[found.end() : end - 1]))


def _closing(text: str, start: int) -> int:
    """Where the brace that opens at `start` is closed: the place behind it."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return len(text)


def _without_argument(body: str) -> str:
    """The body of a tabular without its width and its columns' alignment."""
    body = re.sub(r"^\s*\[[^\]]*\]", "", body)
    for _ in range(2):
        if not re.match(r"\s*\{", body):
            break
        end = _closing(body, body.index("{"))
        argument, body = body[:end], body[end:]
        if not re.search(r"textwidth|linewidth|columnwidth|cm|pt|hsize", argument):
            break
    return body


def _cells(row: str) -> list[str]:
    cells: list[str] = []
    for cell in re.split(r"(?<!\\)&", row):
        wide = re.search(r"\\multicolumn\{(\d+)\}\{(?:[^{}]|\{[^{}]*\})*\}", cell)
        cells.append(bare(cell[: wide.start()] + cell[wide.end() :] if wide else cell))
        if wide:
            cells += [""] * (int(wide[1]) - 1)
    return cells
