"""What the rows of the table are: their level, their regions and their years."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nqp.definitions.region_key import region_key
from nqp.definitions.shapes import FIRST_YEAR, LAST_YEAR
from nqp.new_study.data import (
    figure,
    listed,
    year_of,
)
from nqp.new_study.draft import AnswerError, DependsError, Draft, heading_of
from nqp.new_study.regions import Region

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


# --- one question each --------------------------------------------------------------------------


def take_level(draft: Draft, text: str) -> None:
    if not LEVEL_NAME.fullmatch(text):
        safe = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_")
        hint = f"; did you mean {safe!r}?" if LEVEL_NAME.fullmatch(safe) else "."
        raise AnswerError(
            "expected province, city, or a name for a level of your own in small letters, digits "
            f"and '_'{hint}"
        )
    draft.level = text


def guess_level(draft: Draft) -> str:
    column = guess_region_column(draft)
    texts = {region_key(text) for text in draft.table.column(column) if text}
    for level, spelled in draft.catalogue.spelled.items():
        if texts and sum(text in spelled for text in texts) > 0.8 * len(texts):
            return level
    safe = re.sub(r"\W+", "_", column.lower(), flags=re.ASCII).strip("_")
    return safe if LEVEL_NAME.fullmatch(safe) else "region"


def take_region_column(draft: Draft, text: str) -> None:
    heading = heading_of(draft, text, "the column with the regions")
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


def guess_region_column(draft: Draft) -> str:
    by_name = {heading.lower(): heading for heading in reversed(draft.table.headings)}
    for name in REGION_HEADINGS:
        if name in by_name:
            return by_name[name]
    for heading in filter(None, draft.table.headings):
        texts = draft.table.column(heading)
        if all(texts) and all(figure(text) is None for text in texts):
            return heading
    return next(filter(None, draft.table.headings))


def take_year_column(draft: Draft, text: str) -> None:
    heading = heading_of(draft, text, "the column with the years")
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


def guess_year_column(draft: Draft) -> str:
    by_name = {heading.lower(): heading for heading in draft.table.headings}
    for name in YEAR_HEADINGS:
        if name in by_name:
            return by_name[name]
    for heading in filter(None, draft.table.headings):
        if all(year_of(text) for text in draft.table.column(heading)):
            return heading
    return ""
