"""A table as a grid of texts, whatever it was pasted from, and what its rows are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nqp.audit import notes
from nqp.audit.texts import MARKS, is_whole, number, plain, yes

# A coefficient with its marks, and what may stand behind it in parentheses.
CELL = re.compile(
    r"(?P<estimate>[-+]?\s?[\d.,·\s]*\d[\d.,]*(?:[eE][-+]?\d+|\s*[×x]\s*10\^?-?\d+)?)\s*"
    rf"(?P<marks>[{re.escape(MARKS)}]*|(?<=\d)[abc])\s*"
    r"(?P<inside>[(\[][^()\[\]]*[)\]])?\s*"
    rf"(?P<after>[{re.escape(MARKS)}]*)"
)
INSIDE = re.compile(r"[(\[{]\s*([^()\[\]{}]*?)\s*[)\]}]")
_CAPTION = re.compile(
    r"^\W*(?:(?:appendix|online)\s+)?(?:table|tab\.|表)\s*([A-Z]?[-.]?\d+[a-z]?)", re.IGNORECASE
)
_NOTE = re.compile(
    r"^\W*(notes?\b|注|说明|standard errors|robust|t[- ]stat|significan|\*+\s*p?\s*[<(=])"
    r"|\+\s*p\s*<|in parenthes|in brackets|括号内|p\s*<\s*0?\.\d",
    re.IGNORECASE,
)
_STATISTICS: tuple[tuple[str, str], ...] = (
    ("r2_adj", r"^(adj|调整|ad-?r).*(r|拟合)|^r\W*2?\W*adj|^adj\W*r"),
    ("", r"^(pseudo|within|overall|between|mcfadden|组内|伪)\W*(r|拟合)"),
    ("", r"^(mean|average|s\.?d\.?|std).*(dep|outcome|\bdv\b|control)|^weighted n|likelihood|"
         r"^(aic|bic|rmse|chi|χ|wald|hansen|sargan|ar ?\(|lm\b|bandwidth|p[- ]value|prob)|"
         r"被解释变量均值|似然"),
    ("r2", r"^(r[-\s]*(squared|square|sq\.?)|r\s*\W*\s*(2|²)\W*$|r2|r²|r\^2)"),
    ("n_obs", r"^(n\.?|#?\s*obs\w*\.?|(no\.?|number) of obs\w*|sample size|观测\w*|样本\w*)$"),
    ("n_clusters", r"^(no\.? of |number of |#\s*)?clusters?$|^聚类数"),
    ("n_units", r"^(no\.? of |number of |#\s*)(firms|cities|provinces|units|groups|ids?|countries|"
                r"individuals|counties|panels?)|^个体数"),
    ("f_stat", r"^(first[- ]stage )?f\b|kleibergen|cragg|弱工具"),
    ("controls", r"^(other |all |baseline |additional )?(control|covariate|控制变量|cv)"),
)  # fmt: skip
_EFFECTS = re.compile(
    r"\bf\.?e\.?s?\b|fixed|effects?\b|dummies|固定|效应|\bcontrol for\b|dummy", re.IGNORECASE
)
_NUMBERED = re.compile(r"^[(（\[]\s*(\d{1,2})\s*[)）\]]|[(（\[]\s*(\d{1,2})\s*[)）\]]$")
_PANEL = re.compile(r"panel\b|面板", re.IGNORECASE)
_UNIT = re.compile(
    r"city|cities|individual|firm|unit|province|provincial|country|countries|region|entity|\bid\b|"
    r"county|counties|company|bank|state|district|village|household|person|"
    r"个体|城市|企业|公司|省份|地区|县",
    re.IGNORECASE,
)
_TIME = re.compile(r"year|time|quarter|month|period|wave|date|年|时间|季度|月", re.IGNORECASE)


@dataclass
class Grid:
    """A table's texts. number, title: of its caption; note: what stands beneath it."""

    cells: list[list[str]]
    title: str = ""
    note: str = ""
    number: str = ""


@dataclass
class Tidied:
    """Rows in the tidy form as texts; sentences on what could not be read."""

    rows: list[dict[str, str]] = field(default_factory=list)
    descriptives: list[dict[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def caption(line: str) -> tuple[str, str]:
    """Number and text of a table's caption; both "" where the line is none."""
    bare = plain(re.sub(r"[*_#]{1,3}(?=\S)|(?<=\S)[*_]{1,3}", "", line)) if "able" in line or (
        "表" in line
    ) else ""  # fmt: skip
    found = _CAPTION.match(bare)
    return (found[1], bare) if found else ("", "")


def is_note(line: str) -> bool:
    """Whether a line beneath a table explains it."""
    return bool(_NOTE.search(plain(line.replace("\\", ""))))


def tidy(grids: Sequence[Grid]) -> Tidied:
    """The tidy rows of all tables of a page."""
    found = Tidied()
    taken: set[str] = set()
    note = ""
    for at, grid in enumerate(grids, 1):
        grid.number = grid.number or str(at)
        while grid.number in taken:
            # A number that stands over two tables: the next free one keeps the order.
            grid.number = _next(grid.number)
        taken.add(grid.number)
        grid.cells = [list(map(_clean, row)) for row in grid.cells]
        width = max((len(row) for row in grid.cells), default=0)
        grid.cells = [row + [""] * (width - len(row)) for row in grid.cells]
        if described := _described(grid):
            found.descriptives += described
        elif not _regression(grid, found, note):
            name = grid.title or f"Table {grid.number}"
            found.unread.append(f"{name} is neither a regression nor descriptive statistics.")
        note = grid.note or note
    _name_outcomes(found)
    return found


def _next(number: str) -> str:
    digits = re.search(r"\d+", number)
    assert digits is not None
    return number[: digits.start()] + str(int(digits[0]) + 1) + number[digits.end() :]


def _clean(cell: str) -> str:
    return re.sub(r"\s+", " ", plain(cell.replace("\\*", "*").replace("∗", "*")))


def _statistic(label: str) -> str | None:
    """What a row of statistics holds; "" for one that is not kept, None for no statistic."""
    bare = re.sub(r"</?su[pb]>|[$^{}\\]", "", label).strip().casefold().replace("−", "-")
    for name, pattern in _STATISTICS:
        if re.search(pattern, bare):
            return name
    if _EFFECTS.search(bare):
        unit, time = _UNIT.search(bare), _TIME.search(bare)
        if bool(unit) != bool(time):
            return "unit_effects" if unit else "time_effects"
        return "other_effects"
    return None


def _parts(cell: str) -> tuple[str, str, str] | None:
    """Estimate, marks and inside of a cell; None where it holds no coefficient."""
    found = CELL.fullmatch(cell)
    if not found or number(found["estimate"]) is None:
        return None
    inside = (found["inside"] or "")[1:-1]
    return found["estimate"], found["marks"] or found["after"], inside


def _regression(grid: Grid, found: Tidied, earlier: str) -> bool:
    """Add a regression table's rows; False where it is none.

    earlier: the note of a table before it, which holds on where this one has none.
    """
    first = next((i for i, row in enumerate(grid.cells) if _is_coefficient_row(row)), None)
    if first is None:
        return False
    columns = _headings(grid.cells[:first], grid)
    if not columns:
        return False
    fits: dict[tuple[str, int], dict[str, str]] = {}
    panel = next((r[0] for r in reversed(grid.cells[:first]) if _PANEL.match(r[0])), "")
    of_units = ""
    last: dict[int, dict[str, str]] = {}
    rows: list[dict[str, str]] = []
    for cells in grid.cells[first:]:
        label, filled = cells[0], [c for c in cells[1:] if c]
        if label and not filled:
            if _PANEL.match(label):
                panel = label
            elif is_note(label):
                grid.note = f"{grid.note} {label}".strip()
            continue
        if filled and is_note(" ".join(filled)) and len(set(filled)) == 1:
            grid.note = f"{grid.note} {filled[0]}".strip()
            continue
        statistic = _statistic(label) if label else None
        if statistic is not None:
            _keep(statistic, label, cells, columns, fits, panel, found, grid)
            last = {}
            of_units = label.casefold() if statistic == "unit_effects" else of_units
        elif filled and all(INSIDE.fullmatch(c) for c in filled):
            for at, cell in enumerate(cells[1:], 1):
                if not cell:
                    continue
                if at in last and not last[at]["parenthesis_printed"]:
                    last[at]["parenthesis_printed"] = _inside(cell)
                else:
                    found.unread.append(f"{_name(grid)}: {cell} is not that of a coefficient.")
        else:
            last = _coefficients(label, cells, columns, rows, panel, found, grid)
    by = notes.errors(grid.note or earlier)[1]
    cluster = {"cluster": "unit"} if by and by in of_units else {}
    for at, heading in columns.items():
        for in_panel in dict.fromkeys([r["panel"] for r in rows] or [""]):
            base = {"panel": in_panel, "column_number": heading["column_number"]}
            base |= {"outcome": heading["outcome"], "heading": heading["heading"]}
            fit = {"table_title": grid.title, "note": grid.note, "table_number": grid.number}
            found.rows.append(
                base | fit | cluster | fits.get((in_panel, at), fits.get(("", at), {}))
            )
    found.rows += [row | {"table_number": grid.number} for row in rows]
    return True


def _coefficients(
    label: str, cells: list[str], columns: dict[int, dict[str, str]], rows: list[dict[str, str]],
    panel: str, found: Tidied, grid: Grid,
) -> dict[int, dict[str, str]]:  # fmt: skip
    last = {}
    for at, cell in enumerate(cells[1:], 1):
        if not cell or at not in columns:
            continue
        parts = _parts(cell)
        if parts is None:
            if yes(cell) is None or len(cell) > 4:
                found.unread.append(f"{_name(grid)}, {label or 'a row without a name'}: {cell!r}.")
            continue
        estimate, marks, inside = parts
        row = {
            "column_number": columns[at]["column_number"], "panel": panel, "term": label,
            "estimate_printed": estimate, "stars": marks, "parenthesis_printed": inside,
        }  # fmt: skip
        if not label or any(r["term"] == label and r["panel"] == panel and (
            r["column_number"] == row["column_number"]) for r in rows
        ):  # fmt: skip
            found.unread.append(f"{_name(grid)}: {cell!r} belongs to no term of its own.")
            continue
        rows.append(row)
        last[at] = row
    return last


def _keep(
    statistic: str, label: str, cells: list[str], columns: dict[int, dict[str, str]],
    fits: dict[tuple[str, int], dict[str, str]], panel: str, found: Tidied, grid: Grid,
) -> None:  # fmt: skip
    if not statistic:
        found.unread.append(f"{_name(grid)}: the row {label!r} is left out.")
        return
    for at in columns:
        cell = cells[at] if at < len(cells) else ""
        fit = fits.setdefault((panel, at), {})
        if statistic == "other_effects":
            if yes(cell):
                fit["other_effects"] = "yes"
        elif statistic in ("unit_effects", "time_effects"):
            if yes(cell) or statistic not in fit:
                fit[statistic] = cell or "no"
        elif statistic == "controls":
            fit[statistic] = cell or "no"
        elif cell and number(cell) is not None:
            fit[statistic] = cell
        elif cell:
            found.unread.append(f"{_name(grid)}, {label}: {cell!r}.")


def _is_coefficient_row(row: list[str]) -> bool:
    if not row or not row[0] or _statistic(row[0]) is not None:
        return False
    numbers = [c for c in row[1:] if c and not re.fullmatch(r"\(\d{1,2}\)", c)]
    return any(_parts(c) is not None and not is_whole(c) for c in numbers)


def _headings(head: list[list[str]], grid: Grid) -> dict[int, dict[str, str]]:
    """Number, outcome and heading of each column, from the rows above the first coefficient."""
    width = len(grid.cells[0])
    spread = [_spread(row) for row in head if any(row[1:])]
    used = [
        at
        for at in range(1, width)
        if any(row[at] for row in grid.cells[len(head) :] if _statistic(row[0]) != "controls")
    ]
    numbers: dict[int, str] = {}
    words: dict[int, list[str]] = {at: [] for at in used}
    for row in spread:
        for at in used:
            text = row[at]
            numbered = _NUMBERED.search(text)
            if numbered:
                numbers[at] = numbered[1] or numbered[2]
                text = (text[: numbered.start()] + text[numbered.end() :]).strip()
            if text and text not in words[at]:
                words[at].append(text)
    if len(set(numbers.values())) < len(used):
        numbers = {at: str(position) for position, at in enumerate(used, 1)}
    return {
        at: {
            "column_number": numbers[at],
            "outcome": words[at][0] if words[at] else "",
            "heading": " ".join(words[at]),
        }
        for at in used
    }


def _spread(row: list[str]) -> list[str]:
    """A heading that stands over several columns, over each of them."""
    filled = [at for at in range(1, len(row)) if row[at]]
    if len(filled) in (0, len(row) - 1) or any(re.fullmatch(r"\(\d+\)", row[at]) for at in filled):
        return row
    spread = list(row)
    for at in range(filled[0], len(row)):
        spread[at] = row[at] or spread[at - 1]
    return spread


_MOMENTS = {
    "n_obs": r"^(n|obs\w*|sample size|observations?|观测\w*|样本\w*)\.?$",
    "mean_printed": r"^(mean|average|avg|均值|平均\w*)",
    "std_dev_printed": r"^(s\.?\s?d\.?|st(andar)?d\.?\s*(dev|err)|std|标准差)",
    "minimum_printed": r"^(min|最小)",
    "maximum_printed": r"^(max|最大)",
}


def _described(grid: Grid) -> list[dict[str, str]]:
    """Rows of descriptive statistics; none where the table is of another kind."""
    top, where = 0, dict[str, int]()
    for top, row in enumerate(grid.cells[:4]):  # noqa: B007
        where = {
            name: at
            for name, pattern in _MOMENTS.items()
            for at, cell in enumerate(row)
            if re.search(pattern, cell.casefold())
        }
        if "mean_printed" in where and len(where) >= 3:
            break
    else:
        return []
    found = []
    labels = min(where.values())
    for cells in grid.cells[top + 1 :]:
        names = [c for c in cells[:labels] if c]
        if not names or number(cells[where["mean_printed"]]) is None:
            continue
        texts = {name: cells[at] for name, at in where.items() if number(cells[at]) is not None}
        found.append({"table_number": grid.number, "variable": names[-1]} | texts)
    return found


def _name_outcomes(found: Tidied) -> None:
    """Outcomes of columns whose heading says more than the outcome, or not what it is."""
    heads = [row for row in found.rows if "outcome" in row]
    short = {row["outcome"] for row in heads if row["outcome"] == row["heading"]}
    described = {row["variable"] for row in found.descriptives}
    known = sorted((short & described) or short, key=len, reverse=True)
    counted = [row["outcome"] for row in heads if row["outcome"] in known]
    usual = max(known, key=counted.count, default="")
    for row in heads:
        if row["outcome"] in known:
            continue
        prefix = next((k for k in known if re.match(re.escape(k) + r"\b", row["outcome"])), "")
        if prefix:
            row["outcome"] = prefix
        elif described and usual:
            found.unread.append(
                f"Table {row['table_number']}, column {row['column_number']}: its outcome is not "
                f"printed beside {row['heading']!r}, and is taken to be {usual}."
            )
            row["outcome"] = usual


def _inside(cell: str) -> str:
    matched = INSIDE.fullmatch(cell)
    return matched[1] if matched else cell


def _name(grid: Grid) -> str:
    return f"Table {grid.number}"
