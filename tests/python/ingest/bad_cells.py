"""Faulty tables of which every cell is followed: the cases of tests/bad_input/cells.

All of them are read by one build (test_bad_cells.py), each as a source of its own. Places are
written as a spreadsheet writes them: C3, or Sheet1!C3.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from bad_input import cases
from contents import CONTENT_KEYS, content, lines, text
from definitions_for_tests import definitions
from nqp.ingest import MANIFEST_COLUMNS

KEYS = CONTENT_KEYS | {
    "sheets", "merged", "files", "manifest", "kept", "rejected", "aside", "review",
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """An observation a case leaves: in the canonical unit of its series."""

    region_code: str
    year: int
    value: float
    repair: str | None = None


@dataclass(frozen=True)
class Case:
    """One faulty source.

    files: content by path. manifest: rows, filled up by ``manifest_row``; their ``source_id`` is
    the case's, or starts with it.
    kept: every observation. rejected: (reason, hint) by place. aside: class of each other cell
    that holds a text and stands neither at or above the headings nor in a key column.
    review: cells to which each rule points.
    """

    id: str
    files: Mapping[str, bytes]
    manifest: Sequence[Mapping[str, str]]
    kept: Sequence[Kept]
    rejected: Mapping[str, tuple[str, str]]
    aside: Mapping[str, str]
    review: Mapping[str, Sequence[tuple[str, int]]]


def read(case: Mapping[str, Any]) -> Case:
    """A case from what the corpus says of it."""
    files = dict(_files(case))
    rows = case.get("manifest", {})
    return Case(
        case["id"],
        files,
        [
            manifest_row(case["id"], next(iter(files)), row)
            for row in (rows if isinstance(rows, list) else [rows])
        ],
        list(_kept(case.get("kept", []), files)),
        {
            place: (why.partition("; ")[0], why.partition("; ")[2])
            for places, why in case.get("rejected", {}).items()
            for place in places.split(", ")
        },
        {place: kind for kind, places in case.get("aside", {}).items() for place in places},
        {
            rule: [(code(region), int(year)) for region, year in map(str.split, cells)]
            for rule, cells in case.get("review", {}).items()
        },
    )


def _files(case: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    if "files" in case:
        for path, given in case["files"].items():
            yield path, text(given).encode()
    elif "sheets" in case:
        book = workbook(case["sheets"], case.get("merged", []))
        yield case.get("file", f"{case['id']}.xlsx"), book
    else:
        yield case.get("file", f"{case['id']}.csv"), content(case)


def _kept(given: str | list[str], files: Mapping[str, bytes]) -> Iterator[Kept]:
    if given == "all":
        for table in files.values():
            for region, year, *values in list(csv.reader(table.decode().splitlines()))[1:]:
                yield from (Kept(code(region), int(year), float(value)) for value in values)
    else:
        for region, year, value, *repair in csv.reader(lines(given)):
            yield Kept(code(region), int(year), float(value), *repair)


@cache
def _codes() -> dict[str, str]:
    regions = definitions("regions")
    return dict(zip(regions["name_zh"], regions["region_code"], strict=True))


def code(region: str) -> str:
    """The code of a region by its full name."""
    return _codes()[region]


def manifest_row(id: str, path: str, mapped: Mapping[str, str]) -> dict[str, str]:
    """A manifest row: of a long panel, unless the case says otherwise."""
    usual = {
        "source_id": id, "file": path, "layout": "long_panel", "level": "province", "header": "1",
        "region_key": "地区", "year_key": "年份", "item": "值", "vintage": "v",
    }  # fmt: skip
    if mapped.get("layout") == "years_across":
        usual |= {"year_key": "", "item": ""}
    elif mapped.get("layout") == "regions_across":
        usual |= {"region_key": "", "year_key": "#2", "item_key": "#1"}
    elif mapped.get("layout") == "year_sheet":
        usual |= {"year_key": ""}
    return usual | dict(mapped)


def workbook(sheets: Mapping[str, str | list[Any]], merged: Sequence[str]) -> bytes:
    """A workbook; ``merged`` are ranges of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in lines(rows):
            sheet.append([value(cell) for cell in row.split(",")] if isinstance(row, str) else row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def value(cell: str) -> object:
    """A cell of a line of CSV in a workbook: numbers are numbers there, blank cells blank."""
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell or None


CASES = [read(case) for case in cases("cells", KEYS)]


# --- series ----------------------------------------------------------------------------------

# Series that no identity ties to another, for cases to which the series does not matter.
PLAIN_SERIES = {
    "province": [
        "tech_market_turnover", "freight_volume", "ecommerce_sales", "ai_companies",
        "new_enterprises", "pollution_investment", "software_revenue", "digital_employment",
        "hightech_product_rd", "hightech_rd_personnel", "hightech_patent_applications",
        "hightech_new_projects", "hightech_new_product_sales", "fie_households",
        "fie_investment", "fie_exports", "rd_personnel", "rd_expenditure",
        "invention_patents_in_force", "nox_emissions",
    ],
    "city": ["mobile_subscribers", "telecom_volume", "robot_density", "dfi_index"],
}  # fmt: skip


def manifest(units: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of all cases, each with a series, a unit and its source's priority.

    units: the canonical unit of each series, for cases that give none. A case that gives no series
    gets one for whose cells no other case has another figure: sources that disagree are reviewed.
    """
    stated: dict[tuple[str, str, str, int], float] = {}
    priorities: dict[str, int] = {}
    rows = []
    for one in sorted(CASES, key=lambda one: "series_id" not in one.manifest[0]):
        for row in one.manifest:
            choice = [row["series_id"]] if "series_id" in row else PLAIN_SERIES[row["level"]]
            cells = {
                series: {(row["level"], series, k.region_code, k.year): k.value for k in one.kept}
                for series in choice
            }
            free = [
                name
                for name in choice
                if all(stated.get(key, value) == value for key, value in cells[name].items())
            ]
            series = [*free, *choice][0]
            stated |= cells[series]
            priority = str(priorities.setdefault(row["source_id"], len(priorities) + 1))
            chosen = {"series_id": series, "unit": units[series], "priority": priority}
            rows.append({**chosen, **row})
    return rows


def write(folder: Path) -> None:
    """Write the files of all cases and their manifest into a folder."""
    for one in CASES:
        for path, held in one.files.items():
            (folder / path).write_bytes(held)
    series = definitions("series")
    units = dict(zip(series["series_id"], series["unit"], strict=True))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS, restval="")
        table.writeheader()
        table.writerows(manifest(units))
