"""What a new study is asked, how an answer is understood, and what is guessed beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nqp.definitions.shapes import COLUMN_NAME, FIRST_YEAR, LAST_YEAR
from nqp.ingest import IngestError
from nqp.ingest.cells import read_rows
from nqp.messages import nearest
from nqp.new_study.data import (
    SHOWN,
    NewStudyError,
    Table,
    clean,
    figure,
    is_missing,
    listed,
    year_of,
)
from nqp.new_study.regions import Catalogue, Region, region_key, spelled_by

# What stands between the parts of an answer, the one that says most first.
SEPARATORS = (r"[;；]", r"\s*\+\s*", r"[,，、]", r"\s+", r"[;；+,，、\s]+")
# A region that is never treated, in a column of first treated years.
NEVER = frozenset({"0", "never", "inf", "从未", "无"})
# What a row of a total is called where the level is the study's own, as `region_key` has it.
TOTALS = frozenset(
    ("total", "totals", "all", "sum", "average", "mean", "grandtotal", "合计", "总计", "小计",
     "平均", "平均值", "全国", "全国合计", "全国总计", "全国平均")
)  # fmt: skip
LEVEL_NAME = re.compile("[a-z][a-z0-9_]*")
YEAR_HEADINGS = ("year", "yr", "年份", "年", "年度")
REGION_HEADINGS = (
    "region_code", "code", "region", "id", "unit", "fips", "state", "county", "province", "city",
    "country", "district", "firm", "地区", "城市", "省份", "省", "市", "县", "区县", "行政区划代码",
)  # fmt: skip
START_HEADINGS = re.compile("first.*(year|treat)|(treat|effective|adoption|start).*year|gvar")


class AnswerError(ValueError):
    """An answer that cannot be meant: what was expected instead."""


class DependsError(Exception):
    """A question cannot be judged before another one is answered."""


@dataclass
class Draft:
    """A study as far as its questions are answered.

    region_codes, years: of each row of the table. treated: code → first year with a 1, where a
    column says it; None where only the codes are known.
    """

    study: str
    table: Table
    catalogue: Catalogue
    level: str = ""
    region_column: str = ""
    year_column: str = ""
    outcome: str = ""
    controls: tuple[str, ...] = ()
    policy: str = ""
    region_codes: list[str] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)
    name_column: str = ""
    totals: list[str] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    treated: dict[str, int | None] = field(default_factory=dict)
    treated_column: str = ""
    first_treated: dict[str, int] = field(default_factory=dict)
    first_treated_from: str = ""

    @property
    def window(self) -> range:
        known = [year for code, year in zip(self.region_codes, self.years, strict=True) if code]
        return range(min(known), max(known) + 1)

    def values(self, heading: str) -> list[tuple[int, str, int, str]]:
        """Row number, region code, year and text of a column, without totals."""
        return [
            (number, code, year, text)
            for number, code, year, text in zip(
                self.table.row_numbers,
                self.region_codes,
                self.years,
                self.table.column(heading),
                strict=True,
            )
            if code
        ]


@dataclass(frozen=True)
class Question:
    """A question: what it asks for, what is guessed, and the function that takes an answer in."""

    name: str
    asks: str
    guess: Callable[[Draft], str]
    take: Callable[[Draft, str], None]
    may_be_blank: bool = False


# --- headings -----------------------------------------------------------------------------------


def _heading(draft: Draft, text: str, what: str) -> str:
    """The heading that an answer is. Raises AnswerError with the nearest one."""
    if text in draft.table.headings:
        return text
    near = nearest(text, filter(None, draft.table.headings))
    hint = f"did you mean {near!r}?" if near else f"it has {listed(draft.table.headings)}."
    raise AnswerError(f"expected the heading of {what} in {draft.table.name}; {hint}")


def _parts(text: str, known: Iterable[str]) -> list[str]:
    """The parts of an answer that names several things, parted as all of them are known.

    Where they are in no way, parted by what says most of that which stands in the answer.
    """
    names = set(known)
    if text in names:
        return [text]
    ways = [[part for part in re.split(mark, text) if part] for mark in SEPARATORS]
    for parts in ways:
        if parts and all(part.strip() in names for part in parts):
            return [part.strip() for part in parts]
    return next(([p.strip() for p in parts] for parts in ways if len(parts) > 1), [text])


def _of_figures(draft: Draft, heading: str) -> None:
    """Refuse a column without figures, or with more words than figures."""
    texts = [text for *_, text in draft.values(heading)]
    figures = sum(figure(text) is not None for text in texts)
    words = [
        (number, text)
        for number, _, _, text in draft.values(heading)
        if figure(text) is None and not is_missing(text)
    ]
    if figures == 0 or len(words) > figures:
        found = f"row {words[0][0]} has {words[0][1]!r}" if words else "all its cells are blank"
        raise AnswerError(
            f"expected a column of figures; in {heading!r} {found}. Name another column, or write "
            "figures with a decimal point."
        )


def _is_key(draft: Draft, heading: str) -> str:
    keys = {draft.region_column: "the regions", draft.year_column: "the years"}
    return keys.get(heading, "")


# --- one question each --------------------------------------------------------------------------


def _take_level(draft: Draft, text: str) -> None:
    if not LEVEL_NAME.fullmatch(text):
        safe = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_")
        hint = f"; did you mean {safe!r}?" if LEVEL_NAME.fullmatch(safe) else "."
        raise AnswerError(
            "expected province, city, or a name for a level of your own in small letters, digits "
            f"and '_'{hint}"
        )
    draft.level = text


def _guess_level(draft: Draft) -> str:
    column = _guess_region_column(draft)
    texts = {region_key(text) for text in draft.table.column(column) if text}
    for level, spelled in draft.catalogue.spelled.items():
        if texts and sum(text in spelled for text in texts) > 0.8 * len(texts):
            return level
    safe = re.sub(r"\W+", "_", column.lower(), flags=re.ASCII).strip("_")
    return safe if LEVEL_NAME.fullmatch(safe) else "region"


def _take_region_column(draft: Draft, text: str) -> None:
    heading = _heading(draft, text, "the column with the regions")
    if not draft.level:
        raise DependsError
    texts = draft.table.column(heading)
    if blank := [
        number for number, cell in zip(draft.table.row_numbers, texts, strict=True) if not cell
    ]:
        raise AnswerError(
            f"expected a region in every row; {heading!r} is blank in row {listed(blank)} of "
            f"{draft.table.name}. Fill the cells, or name another column."
        )
    regions, codes = (
        _from_catalogue(draft, texts)
        if draft.level in draft.catalogue.regions
        else _of_own_level(texts)
    )
    if len(regions) < 2:
        raise AnswerError(
            f"expected a column with several regions; {heading!r} has {len(regions)}. Name another."
        )
    draft.region_column, draft.regions, draft.region_codes = heading, regions, codes
    draft.totals = sorted({cell for cell, code in zip(texts, codes, strict=True) if not code})


def _from_catalogue(draft: Draft, texts: Sequence[str]) -> tuple[dict[str, Region], list[str]]:
    """The catalogue's regions that texts spell, and the code of each; '' for a total."""
    level, spelled = draft.level, draft.catalogue.spelled[draft.level]
    unknown = sorted({text for text in texts if region_key(text) not in spelled})
    if unknown:
        hints = [
            f"{text!r}" + f" (did you mean {near}?)" * bool(near)
            for text in unknown
            for near in [draft.catalogue.guess(level, text)]
        ]
        raise AnswerError(
            f"expected names or codes of the level {level}; the catalogue has none called "
            f"{listed(hints)}. Correct them in {draft.table.name}, or give the level a name of "
            "your own."
        )
    codes = [spelled[region_key(text)] for text in texts]
    there = draft.catalogue.regions[level]
    return {code: there[code] for code in sorted(set(codes) - {""})}, codes


def _of_own_level(texts: Sequence[str]) -> tuple[dict[str, Region], list[str]]:
    """Regions called as the file calls them, and the code of each text; '' for a total."""
    first: dict[str, str] = {}
    for text in texts:
        code = first.setdefault(region_key(text), text)
        if code != text:
            raise AnswerError(
                f"expected each region in one spelling; there are {code!r} and {text!r}, which are "
                "taken for one. Write them alike, or tell them apart."
            )
    codes = ["" if region_key(text) in TOTALS else text for text in texts]
    return {code: Region(code) for code in sorted(set(codes) - {""})}, codes


def _guess_region_column(draft: Draft) -> str:
    by_name = {heading.lower(): heading for heading in reversed(draft.table.headings)}
    for name in REGION_HEADINGS:
        if name in by_name:
            return by_name[name]
    for heading in filter(None, draft.table.headings):
        texts = draft.table.column(heading)
        if all(texts) and all(figure(text) is None for text in texts):
            return heading
    return next(filter(None, draft.table.headings))


def _take_year_column(draft: Draft, text: str) -> None:
    heading = _heading(draft, text, "the column with the years")
    if not draft.region_column:
        raise DependsError
    if heading == draft.region_column:
        raise AnswerError(f"expected another column than that of the regions, {heading!r}.")
    years = []
    for number, cell in zip(draft.table.row_numbers, draft.table.column(heading), strict=True):
        year = year_of(cell)
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            raise AnswerError(
                f"expected a year from {FIRST_YEAR} to {LAST_YEAR} in every row; {heading!r} has "
                f"{cell!r} in row {number} of {draft.table.name}. Correct the cell, or name "
                "another column."
            )
        years.append(year)
    seen: dict[tuple[str, int], int] = {}
    for number, code, year in zip(draft.table.row_numbers, draft.region_codes, years, strict=True):
        if code and (other := seen.setdefault((code, year), number)) != number:
            raise AnswerError(
                f"expected one row per region and year; rows {other} and {number} of "
                f"{draft.table.name} are both {draft.regions[code]} in {year}. Keep one, or name "
                "the columns that tell them apart."
            )
    if len({year for _, year in seen}) < 2:
        raise AnswerError(f"expected several years; {heading!r} has {listed(set(years))} only.")
    draft.year_column, draft.years = heading, years
    _find_names(draft)


def _find_names(draft: Draft) -> None:
    """Name regions of a level of their own by the first column that holds one text for each."""
    if draft.level in draft.catalogue.regions:
        return
    taken = {region_key(code): code for code in draft.regions}
    for heading in filter(None, draft.table.headings):
        if heading in (draft.region_column, draft.year_column):
            continue
        names: dict[str, str] = {}
        for code, text in zip(draft.region_codes, draft.table.column(heading), strict=True):
            if not code:
                continue
            if not text or figure(text) is not None or names.setdefault(code, text) != text:
                break
            if taken.get(region_key(text), code) != code:
                break
        else:
            if len({region_key(name) for name in names.values()}) == len(draft.regions):
                draft.name_column = heading
                draft.regions = {
                    code: Region(code, "" if _is_chinese(name) else name,
                                 name if _is_chinese(name) else "")
                    for code, name in names.items()
                }  # fmt: skip
                return


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def _guess_year_column(draft: Draft) -> str:
    by_name = {heading.lower(): heading for heading in draft.table.headings}
    for name in YEAR_HEADINGS:
        if name in by_name:
            return by_name[name]
    for heading in filter(None, draft.table.headings):
        if all(year_of(text) for text in draft.table.column(heading)):
            return heading
    return ""


def _take_outcome(draft: Draft, text: str) -> None:
    heading = _heading(draft, text, "the column with the outcome")
    if not draft.years:
        raise DependsError
    if keys := _is_key(draft, heading):
        raise AnswerError(f"expected a column of figures; {heading!r} holds {keys}.")
    _of_figures(draft, heading)
    found = {figure(text) for *_, text in draft.values(heading)} - {None}
    if len(found) == 1:
        raise AnswerError(
            f"expected figures that differ; {heading!r} is {found.pop():g} throughout."
        )
    draft.outcome = heading


def _measures(draft: Draft) -> list[str]:
    """Columns that could be an outcome or a control."""
    found = []
    for heading in filter(None, draft.table.headings):
        if _is_key(draft, heading) or START_HEADINGS.search(heading.lower()):
            continue
        texts = draft.table.column(heading)
        figures = [figure(text) for text in texts if not is_missing(text)]
        if figures and None not in figures and len(set(figures)) > 2:
            found.append(heading)
    return found


def _guess_outcome(draft: Draft) -> str:
    return next(iter(_measures(draft)), "")


def _take_controls(draft: Draft, text: str) -> None:
    if not draft.years:
        raise DependsError
    found: list[str] = []
    for part in _parts(text, draft.table.headings) if text else []:
        heading = _heading(draft, part, "each control") if part else ""
        if keys := _is_key(draft, heading):
            raise AnswerError(f"expected columns of figures; {heading!r} holds {keys}.")
        if heading == draft.outcome:
            raise AnswerError(f"expected other columns than the outcome, {heading!r}.")
        if heading in found:
            raise AnswerError(f"expected each control once; {heading!r} is named twice.")
        _of_figures(draft, heading)
        found.append(heading)
    draft.controls = tuple(found)


def _take_policy(draft: Draft, text: str) -> None:
    if not COLUMN_NAME.holds(text):
        safe = column_name(text, "policy")
        raise AnswerError(f"expected {COLUMN_NAME.expected}; did you mean {safe!r}?")
    draft.policy = text


def column_name(text: str, otherwise: str) -> str:
    """A column's name as close to a heading as the panel allows."""
    safe = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    safe = safe if re.match("[A-Za-z]", safe) else f"x_{safe}" if safe else otherwise
    return safe if COLUMN_NAME.holds(safe) else f"{safe}_value"


def _guess_policy(draft: Draft) -> str:
    return column_name(_guess_treated(draft) or "policy", "policy")


def _take_treated(draft: Draft, text: str) -> None:
    if not draft.years:
        raise DependsError
    if not text:
        draft.treated, draft.treated_column = {}, ""
    elif text in draft.table.headings:
        if text in (draft.outcome, *draft.controls):
            raise AnswerError(f"expected another column; {text!r} is an outcome or a control.")
        draft.treated = _first_ones(draft, text)
        draft.treated_column = text
    else:
        draft.treated, draft.treated_column = _listed_regions(draft, text), ""


def _first_ones(draft: Draft, heading: str) -> dict[str, int | None]:
    """Regions with a 1 in a column of 0 and 1, and the first year of it."""
    if keys := _is_key(draft, heading):
        raise AnswerError(f"expected a column of 0 and 1; {heading!r} holds {keys}.")
    first: dict[str, int] = {}
    last: dict[str, tuple[int, float]] = {}
    blank: dict[str, int] = {}
    varies = False
    for number, code, year, text in sorted(draft.values(heading), key=lambda row: row[2]):
        if is_missing(text):
            blank[code] = number
            continue
        value = figure(text)
        if value not in (0, 1):
            start = " A column of first treated years belongs to first_treated_year; leave this " \
                "answer blank then." * bool(year_of(text))  # fmt: skip
            raise AnswerError(
                f"expected 0 and 1 in {heading!r}, or a list of regions; row {number} of "
                f"{draft.table.name} has {text!r}.{start}"
            )
        before = last.get(code)
        if before and before[1] > value:
            raise AnswerError(
                f"expected a policy that stays; in {heading!r} {draft.regions[code]} is 1 in "
                f"{before[0]} and 0 in {year}. Correct the cells, or give the years of the policy "
                "in first_treated_year."
            )
        # The year of the blank may be the first one.
        if value and code in blank and code not in first:
            raise AnswerError(
                f"expected 0 or 1 right before a region's first 1; in {heading!r} row "
                f"{blank[code]} of {draft.table.name} is blank, and {draft.regions[code]} is 1 in "
                f"{year}. Fill the cell."
            )
        if not value:
            blank.pop(code, None)
        varies = varies or bool(before and before[1] < value)
        last[code] = year, value
        if value:
            first.setdefault(code, year)
    if not first:
        raise AnswerError(f"expected a column with a 1 where treated; {heading!r} has none.")
    return {code: year if varies else None for code, year in first.items()}


def _listed_regions(draft: Draft, text: str) -> dict[str, int | None]:
    """Regions that an answer lists by code or name."""
    own = draft.level not in draft.catalogue.regions
    spelled = spelled_by(draft.regions.values()) if own else draft.catalogue.spelled[draft.level]
    names = {name for region in draft.regions.values() for name in region.spellings}
    parts = [text] if region_key(text) in spelled else _region_parts(text, spelled)
    codes = {part: spelled.get(region_key(part), "") for part in parts}
    if unknown := [part for part, code in codes.items() if code not in draft.regions]:
        heading = nearest(text, filter(None, draft.table.headings)) if len(parts) == 1 else ""
        hints = []
        for part in unknown:
            near = nearest(part, names) or heading
            hints.append(f"{part!r}" + f" (did you mean {near!r}?)" * bool(near))
        raise AnswerError(
            "expected the heading of a column of 0 and 1, or regions by code or name with ';' "
            f"between them; {draft.table.name} has no region {listed(hints)}."
        )
    return dict.fromkeys(codes.values())


def _region_parts(text: str, spelled: Iterable[str]) -> list[str]:
    known = set(spelled)
    ways = [[p.strip() for p in re.split(mark, text) if p.strip()] for mark in SEPARATORS]
    for parts in ways:
        if parts and all(region_key(part) in known for part in parts):
            return parts
    return next((parts for parts in ways if len(parts) > 1), [text])


def _guess_treated(draft: Draft) -> str:
    for heading in filter(None, draft.table.headings):
        if heading in (draft.outcome, *draft.controls) or _is_key(draft, heading):
            continue
        try:
            _first_ones(draft, heading)
        except AnswerError:
            continue
        return heading
    return ""


def _take_first_treated_year(draft: Draft, text: str) -> None:
    if not draft.years:
        raise DependsError
    if text and text not in draft.table.headings and year_of(text) is None:
        near = nearest(text, filter(None, draft.table.headings))
        hint = f"; did you mean {near!r}?" if near else "."
        raise AnswerError(
            f"expected a year such as {draft.window[len(draft.window) // 2]}, or the heading of "
            f"the column with each region's first treated year{hint}"
        )
    if not text:
        draft.first_treated = _told_by_column(draft)
        draft.first_treated_from = f"column {draft.treated_column}"
    elif text in draft.table.headings:
        draft.first_treated = _starts(draft, text)
        draft.first_treated_from = f"column {text}"
    else:
        year = year_of(text)
        assert year is not None
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise AnswerError(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}.")
        if not draft.treated:
            raise AnswerError(
                "expected to know which regions are treated from that year: answer `treated` too."
            )
        draft.first_treated = dict.fromkeys(draft.treated, year)
        draft.first_treated_from = "the answers"
    _refuse_contradiction(draft)
    _refuse_no_comparison(draft)


def _told_by_column(draft: Draft) -> dict[str, int]:
    if not draft.treated:
        raise AnswerError(
            "expected which regions are treated, and since when: answer `treated` or this question."
        )
    found = {code: year for code, year in draft.treated.items() if year is not None}
    if not found:
        what = (
            f"{draft.treated_column!r} is the same in all years of a region"
            if draft.treated_column
            else "the list of treated regions does not say it"
        )
        raise AnswerError(
            f"expected the first treated year, since {what}: a year for all, or the heading of a "
            "column."
        )
    return found


def _starts(draft: Draft, heading: str) -> dict[str, int]:
    """Each region's first treated year, from a column that holds it in every row."""
    if keys := _is_key(draft, heading):
        raise AnswerError(f"expected a column of first treated years; {heading!r} holds {keys}.")
    found: dict[str, int] = {}
    for number, code, _, text in draft.values(heading):
        if is_missing(text) or text.lower() in NEVER or figure(text) == 0:
            continue
        year = year_of(text)
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            raise AnswerError(
                f"expected years from {FIRST_YEAR} to {LAST_YEAR}, blank where never treated; "
                f"{heading!r} has {text!r} in row {number} of {draft.table.name}."
            )
        if found.setdefault(code, year) != year:
            raise AnswerError(
                f"expected one first treated year a region; {heading!r} has {found[code]} and "
                f"{year} for {draft.regions[code]}. Correct the cells."
            )
    if draft.treated:
        if without := [draft.regions[code] for code in draft.treated if code not in found]:
            raise AnswerError(
                f"expected a year for every treated region; {heading!r} has none for "
                f"{listed(without)}."
            )
        found = {code: found[code] for code in draft.treated}
    if not found:
        raise AnswerError(f"expected first treated years; {heading!r} has none.")
    return found


def _refuse_contradiction(draft: Draft) -> None:
    for code, year in draft.first_treated.items():
        told = draft.treated.get(code)
        began = min(y for c, y in zip(draft.region_codes, draft.years, strict=True) if c == code)
        # A column of 0 and 1 cannot say when a region began that has a 1 from its first row on.
        if told is not None and told != year and not (told == began and year < began):
            raise AnswerError(
                f"expected what {draft.treated_column!r} says: {draft.regions[code]} has its first "
                f"1 in {told}, not in {year}. Leave this answer blank to take the column's years."
            )


def _refuse_no_comparison(draft: Draft) -> None:
    window, years = draft.window, draft.first_treated
    if not any(year in window[1:] for year in years.values()):
        raise AnswerError(
            f"expected regions first treated after {window[0]} and by {window[-1]}, the years of "
            f"{draft.table.name}; treatment begins in {listed(sorted(set(years.values())))}."
        )
    if set(years) == set(draft.regions) and len(set(years.values())) == 1:
        raise AnswerError(
            f"expected regions to compare with; all {len(years)} are treated from the same year."
        )


def _guess_first_treated_year(draft: Draft) -> str:
    if any(year is not None for year in draft.treated.values()):
        return ""
    for heading in filter(None, draft.table.headings):
        if START_HEADINGS.search(heading.lower()):
            return heading
    return ""


QUESTIONS = (
    Question("level", "level of the regions: province, city, or a name for a level of your own",
             _guess_level, _take_level),
    Question("region_column", "heading of the column with the regions", _guess_region_column,
             _take_region_column),
    Question("year_column", "heading of the column with the years", _guess_year_column,
             _take_year_column),
    Question("outcome", "heading of the outcome", _guess_outcome, _take_outcome),
    Question("controls", "headings of the controls, with ; between them", lambda draft: "",
             _take_controls, may_be_blank=True),
    Question("policy", "a short name for the policy, a column of the panel", _guess_policy,
             _take_policy),
    Question("treated", "heading of a column with 1 where treated, or the treated regions with ; "
             "between them", _guess_treated, _take_treated, may_be_blank=True),
    Question("first_treated_year", "first treated year, or the heading of a column with each "
             "region's; nothing where the column of 0 and 1 tells it", _guess_first_treated_year,
             _take_first_treated_year, may_be_blank=True),
)  # fmt: skip


# --- answers in a file --------------------------------------------------------------------------


def read_answers(path: Path) -> dict[str, tuple[str, int]]:
    """Question → answer and its row, from a CSV file with the headings question and answer.

    Cells behind the second belong to the answer, as where commas part its names. Raises
    NewStudyError naming the row that is no question, or one asked twice.
    """
    if not path.is_file():
        raise NewStudyError(
            f"{path} does not exist. --answers names a CSV file with the columns question and "
            f"answer, and a row for each of {listed((q.name for q in QUESTIONS), 99)}."
        )
    try:
        rows = [(row.row_no, [clean(text) for text in row.texts]) for row in read_rows(path)]
    except IngestError as error:
        raise NewStudyError(f"The answers cannot be read: {error}") from error
    rows = [(number, texts) for number, texts in rows if any(texts)]
    if not rows or [text.lower() for text in rows[0][1][:2]] != ["question", "answer"]:
        raise NewStudyError(
            f"{path.name}, row 1: expected the headings question,answer, found "
            f"{','.join(rows[0][1]) if rows else 'nothing'}."
        )
    names = [question.name for question in QUESTIONS]
    found: dict[str, tuple[str, int]] = {}
    problems = []
    for number, (name, *texts) in rows[1:]:
        if name not in names:
            near = nearest(name, names)
            hint = f"did you mean {near!r}?" if near else f"the questions are {listed(names, 99)}."
            problems.append(f"{path.name}, row {number}: no question is called {name!r}; {hint}")
        elif name in found:
            problems.append(
                f"{path.name}, row {number}: {name} is answered in row {found[name][1]} too. Keep "
                "one."
            )
        else:
            found[name] = ", ".join(filter(None, texts)), number
    refuse(problems)
    return found


def understood(draft: Draft, answers: dict[str, tuple[str, int]], file: str) -> Draft:
    """The draft with every answer taken in. Raises NewStudyError naming all that cannot be."""
    problems: list[str] = []
    failed: set[str] = set()
    for question in QUESTIONS:
        text, number = answers.get(question.name, ("", 0))
        where = f"{file}, row {number} ({question.name})" if number else f"{file}, {question.name}"
        found = repr(text) if text else "nothing"
        if not text and not question.may_be_blank:
            problems.append(f"{where}: found nothing, expected the {question.asks}.")
            continue
        if question.name == "first_treated_year" and "treated" in failed:
            continue
        try:
            question.take(draft, text)
        except AnswerError as error:
            failed.add(question.name)
            problems.append(f"{where}: found {found}, {error}")
        except DependsError:
            # The answer on which it depends has been reported already.
            continue
    refuse(problems)
    return draft


def refuse(problems: Sequence[str]) -> None:
    """Raise NewStudyError with the problems, a line each; nothing where there are none."""
    if len(problems) > SHOWN:
        problems = [*problems[:SHOWN], f"and {len(problems) - SHOWN} more."]
    if problems:
        raise NewStudyError("\n".join(problems))
