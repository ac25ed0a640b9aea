"""Writes series as the sources would deliver them: their layouts, encodings, units and quirks.

A layout turns manifest rows into grids of cells; the file's ending decides how a grid is stored.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook

from nqp.simulate.calibrate import stream
from nqp.simulate.definitions import Definitions, Floats
from nqp.simulate.generate import Simulation
from nqp.simulate.raw_series import decimals
from nqp.simulate.sources import COLUMNS, Row

Cell = str | float | int | None
Grid = list[list[Cell]]

# File stamps say nothing about the data; a fixed one keeps files comparable.
STAMP = datetime(2016, 2, 25)
DISCLAIMER = "模拟数据：由程序随机生成，不是统计数据。Simulated data; not statistics."
FOOTNOTES = "①按新口径调整。*初步核算数。[1]与上年口径不同。—、…表示数据不详。"

# How a region is written under a header; anything else is written with its full name.
REGION_STYLES = {
    "城市代码": "code",
    "Province": "code",
    "pref_code_year18": "code4",
    "省份": "short_zh",
}
# Of a thousand cells, so many carry each disfigurement. Commas are left to workbooks.
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
QUIRKS: dict[str, tuple[int, Callable[[str], str]]] = {
    "full_width": (2, lambda text: text.translate(FULL_WIDTH)),
    "circled": (1, lambda text: f"{text}①"),
    "starred": (1, lambda text: f"{text}*"),
    "bracketed": (1, lambda text: f"{text}[1]"),
    "thousands": (4, lambda text: f"{Decimal(text):,f}"),
}
MISSING = (None, "—", "…")


@dataclass(frozen=True, eq=False)
class Source:
    """What the writers of one file need.

    values: one (regions, years) table a series; names: region_code, name_zh, short_zh.
    """

    rows: list[Row]
    values: dict[str, pd.DataFrame]
    names: pd.DataFrame
    definitions: Definitions
    seed: int

    @property
    def years(self) -> list[int]:
        return [int(year) for year in self.values[self.rows[0].series_id].columns]

    @property
    def codes(self) -> list[str]:
        return [str(code) for code in self.values[self.rows[0].series_id].index]

    def regions(self, style: str) -> dict[str, Cell]:
        """How each region is written: by code, short code, or a column of names."""
        if style == "code":
            return {code: int(code) for code in self.codes}
        if style == "code4":
            return {code: int(code[:4]) for code in self.codes}
        return {code: str(self.names.at[code, style]) for code in self.codes}

    def cells(self, row: Row) -> dict[tuple[str, int], Cell]:
        """The printed cells of one manifest row, by region and year."""
        rng = stream(self.seed, row.file, row.series_id, "print")
        values = self.values[row.series_id].to_numpy(dtype=float).ravel()
        if row.priority > 1:
            values = revised(values, rng)
        keys = [(code, year) for code in self.codes for year in self.years]
        texts = print_numbers(values, row, self.definitions)
        return dict(zip(keys, disfigured(texts, row.file, rng), strict=True))


def write_files(
    rows: list[Row],
    simulations: Iterable[Simulation],
    definitions: Definitions,
    out_dir: Path,
    seed: int,
) -> None:
    """Write every file the manifest rows name. Raises ValueError on a series nobody simulates."""
    values = {
        simulation.level: {
            str(series_id): frame.pivot(index="region_code", columns="year", values="value")
            for series_id, frame in simulation.series.groupby("series_id")
        }
        for simulation in simulations
    }
    files: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.series_id not in values.get(row.level, {}):
            raise ValueError(f"{row.file}: nothing simulates {row.series_id} of level {row.level}.")
        files[row.file].append(row)
    regions = definitions["regions"]
    for file, its_rows in files.items():
        level = its_rows[0].level
        names = regions[regions["level"] == level].set_index("region_code")
        its_values = {row.series_id: values[level][row.series_id] for row in its_rows}
        source = Source(its_rows, its_values, names, definitions, seed)
        path = out_dir / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(STORES[path.suffix](LAYOUTS[its_rows[0].layout](source), its_rows[0]))


def write_manifest(rows: list[Row], out_dir: Path) -> None:
    """Write ``manifest.csv`` beside the files, which are there already, with their checksums."""
    frame = pd.DataFrame([astuple(row) for row in rows], columns=list(COLUMNS))
    frame["sha256"] = [sha256((out_dir / row.file).read_bytes()).hexdigest() for row in rows]
    frame.to_csv(out_dir / "manifest.csv", index=False, lineterminator="\n")


# Numbers --------------------------------------------------------------------------------------


def print_numbers(values: Floats, row: Row, definitions: Definitions) -> list[str]:
    """Values in the row's unit, with the series' decimals carried over exactly; '' for NaN."""
    series, units = definitions["series"], definitions["units"]
    unit = dict(zip(series["series_id"], series["unit"], strict=True))[row.series_id]
    factor = dict(zip(units["unit"], map(Decimal, units["factor"]), strict=True))
    ratio = factor[unit] / factor[row.unit]
    digits = decimals(row.series_id, unit)
    return [
        f"{(Decimal(f'{value:.{digits}f}') * ratio).normalize():f}" if np.isfinite(value) else ""
        for value in values
    ]


def revised(values: Floats, rng: np.random.Generator) -> Floats:
    """Another vintage: within 1 % of the values, but one cell in a hundred up to 2 % away."""
    change = rng.uniform(-0.009, 0.009, values.shape)
    far = np.sign(change) * rng.uniform(0.011, 0.019, values.shape)
    other: Floats = values * (1 + np.where(rng.random(values.shape) < 0.01, far, change))
    return other


def disfigured(texts: list[str], file: str, rng: np.random.Generator) -> list[Cell]:
    """Numbers as cells; a few become text with the marks a yearbook has, blanks get theirs."""
    suffix = Path(file).suffix
    if suffix == ".dta":
        return [float(text) if text else None for text in texts]
    draws, marks = rng.random(len(texts)) * 1000, rng.integers(0, len(MISSING), len(texts))
    out: list[Cell] = []
    for text, draw, mark in zip(texts, draws, marks, strict=True):
        if not text:
            out.append(MISSING[mark])
            continue
        cell: Cell = float(text) if suffix == ".xlsx" else text
        for name, (share, change) in QUIRKS.items():
            if 0 <= draw < share and (name != "thousands" or suffix == ".xlsx"):
                cell = change(text)
            draw -= share
        out.append(cell)
    return out


# Layouts --------------------------------------------------------------------------------------


def long_panel(source: Source) -> dict[str, Grid]:
    """Region and year in every row, one column a series; with a title where the header has a name.

    Where regions are given by code, a column of names stands beside them.
    """
    first = source.rows[0]
    style = REGION_STYLES.get(first.region_key, "name_zh")
    named = style.startswith("code")
    columns = [source.cells(row) for row in source.rows]
    head: list[Cell] = [first.year_key, first.region_key, *["名称"] * named]
    grid: Grid = [] if first.header.isdigit() else [[f"{Path(first.file).stem}"], []]
    grid.append([*head, *(row.item for row in source.rows)])
    regions, names = source.regions(style), source.regions("name_zh")
    for code in source.codes:
        for year in source.years:
            values = [column[code, year] for column in columns]
            grid.append([year, regions[code], *[names[code]] * named, *values])
    if not first.file.endswith(".dta"):
        grid += [[], [f"注：{DISCLAIMER}"], [FOOTNOTES]]
    return {first.sheet: grid}


def years_across(source: Source) -> dict[str, Grid]:
    """The statistics bureau's export of one indicator; the new portal does not name it."""
    (row,) = source.rows
    names = source.definitions["series"].set_index("series_id")["label_zh"]
    units = source.definitions["units"].set_index("unit")["label_zh"]
    years = source.years[::-1]
    cells = source.cells(row)
    old = row.encoding == "gb18030"
    grid: Grid = [["数据库：分省年度数据"]]
    if old:
        grid.append([f"指标：{names[row.series_id]}({units[row.unit]})"])
    grid.append([f"时间：{years[-1]}年-{years[0]}年"])
    grid.append([row.region_key, *(f"{year}年" for year in years)])
    regions = source.regions("name_zh")
    for code in source.codes:
        grid.append([regions[code], *(cells[code, year] for year in years)])
    return {"": [*grid, [f"注：{DISCLAIMER}{FOOTNOTES}"], ["数据来源：模拟"]]}


def regions_across(source: Source) -> dict[str, Grid]:
    """Regions in the header; blocks of years, with the series name in a block's first row only."""
    regions = source.regions("short_zh")
    grid: Grid = [[None, None, *(regions[code] for code in source.codes)]]
    for row in source.rows:
        cells = source.cells(row)
        for year in source.years:
            name = row.item if year == source.years[0] else None
            grid.append([name, str(year), *(cells[code, year] for code in source.codes)])
    return {source.rows[0].sheet: [*grid, [], [f"注：{DISCLAIMER}"], [FOOTNOTES]]}


def year_sheet(source: Source) -> dict[str, Grid]:
    """A yearbook: a sheet a year, with title, series in the header and the year once more below."""
    columns = [source.cells(row) for row in source.rows]
    regions = source.regions("name_zh")
    sheets: dict[str, Grid] = {"说明": [[DISCLAIMER], [FOOTNOTES]]}
    for year in source.years:
        grid: Grid = [
            [f"主要统计指标（{year}年）"],
            [],
            [source.rows[0].region_key, *(row.item for row in source.rows)],
            [None, *(f"{year}年" for _ in columns)],
        ]
        for code in source.codes:
            values = [column[code, year] for column in columns]
            grid.append([regions[code], *values])
        name = source.rows[0].sheet.replace("*", str(year))
        sheets[name] = [*grid, [], [f"注：{DISCLAIMER}"], [FOOTNOTES]]
    return sheets


LAYOUTS = {
    "long_panel": long_panel,
    "years_across": years_across,
    "regions_across": regions_across,
    "year_sheet": year_sheet,
}

# Stores ---------------------------------------------------------------------------------------


def store_csv(sheets: dict[str, Grid], row: Row) -> bytes:
    """Commas, or TAB and comma as the bureau's new portal has it; CRLF but in UTF-8 files."""
    (grid,) = sheets.values()
    lines = [["" if cell is None else str(cell) for cell in line] for line in grid]
    if row.layout == "years_across" and row.encoding == "utf-8-sig":
        lines = [[f"{cell}\t" for cell in line] + [""] if len(line) > 1 else line for line in lines]
    text = io.StringIO()
    end = "\n" if row.encoding == "utf-8" else "\r\n"
    csv.writer(text, lineterminator=end).writerows(lines)
    return text.getvalue().encode(row.encoding)


def store_xlsx(sheets: dict[str, Grid], _row: Row) -> bytes:
    book = Workbook(write_only=True)
    for name, grid in sheets.items():
        sheet = book.create_sheet(name)
        for line in grid:
            sheet.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return without_stamps(buffer.getvalue())


def without_stamps(workbook: bytes) -> bytes:
    """The same workbook with a fixed time in its properties and in its archive."""
    out = io.BytesIO()
    stamp = f"{STAMP:%Y-%m-%dT%H:%M:%SZ}".encode()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, content)
            entry = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()


def store_dta(sheets: dict[str, Grid], _row: Row) -> bytes:
    (grid,) = sheets.values()
    frame = pd.DataFrame(grid[1:], columns=[str(name) for name in grid[0]])
    for name in frame.columns[:2]:
        frame[name] = frame[name].astype(float)
    buffer = io.BytesIO()
    frame.to_stata(
        buffer,
        write_index=False,
        version=118,
        time_stamp=STAMP,
        data_label=DISCLAIMER[:40],
    )
    return buffer.getvalue()


STORES = {".csv": store_csv, ".xlsx": store_xlsx, ".dta": store_dta}
