"""``nqp correct``: record that a cell is wrong, in corrections.csv beside the manifest."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from nqp.messages import visible
from nqp.profiles import SHIPPED, how_to_build
from nqp.terminal.cells import Cell, address, column_number, regions_named, require_series
from nqp.terminal.warehouse import Commands, add_profile, internal

if TYPE_CHECKING:
    import pandas as pd

# The cells of a region and a series; those of the source that the studies take first.
CELLS = """
    select p.source_id, p.level, p.year, p.file, p.sheet, p.row_no, p.col_no
    from staging.parsed_cells as p
    left join intermediate.source_choice as c using (level, series_id, source_id)
    where list_contains(?, p.level || p.region_code) and p.series_id = ?
    order by c.source_rank, p.source_id, p.year, p.file, length(p.sheet), p.sheet, p.row_no
"""

# What the last build found in a cell.
BUILT = """
    select c.text, c.class, concat_ws(' ', u.label_en, nullif(u.label_zh, u.label_en))
    from staging.cells as c
    left join staging.manifest as m using (manifest_row)
    left join definitions.units as u on m.unit = u.unit
    where c.file = ? and c.sheet = ? and c.row_no = ? and c.col_no = ?
"""


def add(commands: Commands) -> None:
    """Register the subcommand."""
    correct = commands.add_parser(
        "correct",
        help="record the right figure of a wrong cell, with its reason",
        usage="nqp correct REGION YEAR SERIES NEW --reason WHY [--source ID] [--level LEVEL]\n"
        "       nqp correct --cell FILE SHEET ROW COLUMN NEW --reason WHY",
    )
    correct.add_argument("words", nargs="+", help=argparse.SUPPRESS)
    correct.add_argument(
        "--cell", action="store_true",
        help="name the cell by its address: the file as the manifest has it, the sheet ('' where "
        "there is none), the row, and the column as number or letters",
    )  # fmt: skip
    correct.add_argument("--reason", required=True, help="why, and where the new figure is from")
    correct.add_argument("--source", help="the source; by default the one that the studies take")
    correct.add_argument("--level", help="city or province, where a name means both")
    correct.add_argument("--replace", action="store_true", help="in place of one on record")
    add_profile(correct)
    correct.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    # They import pandas, which `nqp --help` need not wait for.
    from nqp.quality import corrections

    *words, new_value = options.words
    with internal(options) as warehouse:
        cell = _by_address(words) if options.cell else _by_key(warehouse, words, options)
        listed = _listed(cell.file, options.profile)
        built = warehouse.execute(BUILT, [listed.built, *cell[1:]]).fetchall()
        cell = cell._replace(file=listed.file)
        shown = address(warehouse, cell)
    text = corrections.text_of_cell(listed.manifest, listed.data_dir, *cell)
    if not built or built[0][0].strip() != text:
        raise ValueError(
            f"{shown} holds {text!r} and has changed since the last build: build again "
            f"({how_to_build(options.profile)}), then correct."
        )
    [(_, kind, unit)] = built
    if kind != "value":
        raise ValueError(
            f"{shown} is no figure of the manifest ({kind}): look at the row and the column, or "
            "map the column in manifest.csv."
        )
    path = listed.folder / "corrections.csv"
    row_no = corrections.record(
        path,
        corrections.Correction(*cell, text, new_value, options.reason.strip()),
        replace=options.replace,
    )
    print(visible(f"{path}, row {row_no}: {shown}"))
    print(visible(f"holds {text} and counts as {new_value} from the next build on, in {unit}."))
    shipped = options.profile in SHIPPED and "NQP_DATA_DIR" in os.environ
    where = f" DATA_DIR={listed.data_dir}" if shipped else ""
    print(f"Next: {how_to_build(options.profile)}{where}")


class Listed(NamedTuple):
    """A file as a manifest lists it: that manifest and its folder, where the file lies, what it
    is called there, and what it is called among the files of a build."""

    manifest: pd.DataFrame
    folder: Path
    data_dir: Path
    file: str
    built: str


def _listed(name: str, profile: str) -> Listed:
    """The manifest that lists a file, by its name there or in the build.

    Raises ValueError where none does, or several do by its name there.
    """
    from nqp import ingest
    from nqp.terminal.sources import manifests

    by_name: list[Listed] = []
    for home in manifests(profile):
        manifest = ingest.read_manifest(home.folder / "manifest.csv")
        for file in manifest["file"].unique():
            data_dir, built = home.of(file)
            listed = Listed(manifest, home.folder, data_dir, file, built)
            if name == built:
                return listed
            if name == file:
                by_name.append(listed)
    if len(by_name) > 1:
        known = " and ".join(listed.built for listed in by_name)
        raise ValueError(f"{name!r} is the name of several files: write {known}.")
    if not by_name:
        raise ValueError(
            f"the manifest names no file {name!r}: write it as in manifest.csv, column file."
        )
    return by_name[0]


def _by_address(words: list[str]) -> Cell:
    if len(words) != 4:
        raise ValueError(
            "--cell is followed by FILE SHEET ROW COLUMN NEW; "
            "the sheet is '' where the file has none."
        )
    file, sheet, row, column = words
    if not re.fullmatch("[1-9][0-9]{0,8}", row):
        raise ValueError(f"row {row!r}: expected a number from 1.")
    return Cell(file, sheet, int(row), column_number(column))


def _by_key(
    warehouse: duckdb.DuckDBPyConnection, words: list[str], options: argparse.Namespace
) -> Cell:
    """The one cell that gives a region's figure; raises ValueError where there is not just one."""
    if len(words) != 3:
        raise ValueError(
            "expected REGION YEAR SERIES NEW, such as: nqp correct 鄂尔多斯市 2022 gdp 5613 "
            '--reason "…"; names of several words stand between quotation marks.'
        )
    name, year, series = words
    if not re.fullmatch("[0-9]{4}", year):
        raise ValueError(f"year {year!r}: expected a number such as 2022.")
    require_series(warehouse, series)
    codes = [region["level"] + region["region_code"] for region in regions_named(warehouse, name)]
    found = warehouse.execute(CELLS, [codes, series]).fetchall()
    sources = sorted({source for source, *_ in found})
    if options.source and sources and options.source not in sources:
        raise ValueError(
            f"source {options.source!r} gives no {series} of {name}; it is given by "
            f"{', '.join(sources)}."
        )
    cells = [
        (source, level, cell_year, Cell(*cell))
        for source, level, cell_year, *cell in found
        if options.level in (None, level) and options.source in (None, source)
    ]
    asked = [cell for cell in cells if cell[2] == int(year)]
    if len({level for _, level, _, _ in asked}) > 1:
        raise ValueError(f"{name} is a city and a province: give --level city or --level province.")
    if not asked:
        years = sorted({cell_year for _, _, cell_year, _ in cells if cell_year})
        known = f"there are {years[0]} to {years[-1]}" if years else "nor in any other year"
        raise ValueError(
            f"no cell of {options.source or 'any source'} gives {series} of {name} in {year}: "
            f"{known}. Where region or year were not recognised, name the cell with --cell."
        )
    source = asked[0][0]
    of_source = [cell for cell_source, *_, cell in asked if cell_source == source]
    if len(of_source) > 1:
        listed = "\n".join(f"  {address(warehouse, cell)}" for cell in of_source)
        raise ValueError(
            f"{source} gives {series} of {name} in {year} in {len(of_source)} cells; "
            f"name the wrong one with --cell:\n{listed}"
        )
    return of_source[0]
