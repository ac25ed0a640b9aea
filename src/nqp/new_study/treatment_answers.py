"""Which regions were treated, and from which year."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nqp.definitions.region_key import region_key
from nqp.definitions.shapes import FIRST_YEAR, LAST_YEAR
from nqp.messages import nearest
from nqp.new_study.data import (
    figure,
    is_missing,
    listed,
    year_of,
)
from nqp.new_study.draft import SEPARATORS, AnswerError, DependsError, Draft, is_key
from nqp.new_study.regions import spelled_by

# A region that is never treated, in a column of first treated years.
NEVER = frozenset({"0", "never", "inf", "从未", "无"})

START_HEADINGS = re.compile("first.*(year|treat)|(treat|effective|adoption|start).*year|gvar")


def take_treated(draft: Draft, text: str) -> None:
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
    if keys := is_key(draft, heading):
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


def guess_treated(draft: Draft) -> str:
    for heading in filter(None, draft.table.headings):
        if heading in (draft.outcome, *draft.controls) or is_key(draft, heading):
            continue
        try:
            _first_ones(draft, heading)
        except AnswerError:
            continue
        return heading
    return ""


def take_first_treated_year(draft: Draft, text: str) -> None:
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
        draft.first_treated = _years_of_column(draft)
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


def _years_of_column(draft: Draft) -> dict[str, int]:
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
    if keys := is_key(draft, heading):
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
        in_column = draft.treated.get(code)
        began = min(y for c, y in zip(draft.region_codes, draft.years, strict=True) if c == code)
        # A column of 0 and 1 cannot say when a region began that has a 1 from its first row on.
        if (
            in_column is not None
            and in_column != year
            and not (in_column == began and year < began)
        ):
            raise AnswerError(
                f"expected what {draft.treated_column!r} says: {draft.regions[code]} has its first "
                f"1 in {in_column}, not in {year}. Leave this answer blank to take the "
                "column's years."
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


def guess_first_treated_year(draft: Draft) -> str:
    if any(year is not None for year in draft.treated.values()):
        return ""
    for heading in filter(None, draft.table.headings):
        if START_HEADINGS.search(heading.lower()):
            return heading
    return ""
