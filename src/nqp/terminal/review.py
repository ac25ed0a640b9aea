"""``nqp review``: the cells that somebody should look at, the most suspicious first."""

from __future__ import annotations

import argparse
import csv
import io
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from nqp.messages import in_both, visible
from nqp.terminal.cells import regions_named, require_series
from nqp.terminal.warehouse import (
    Commands,
    add_profile,
    published,
    refuse_warehouse,
    terminal_width,
)
from nqp.text_width import wrapped

RULES = (
    "disagreement between sources",
    "jump over the year",
    "equal to its province",
    "broken identity",
    "constant over the years",
    "out of range",
    "boundary moved",
    "text beside the table",
)
SHOWN = 20
INDENT = " " * 6

# What each rule found of a cell, one line each, and both units: the file's and the series' own.
CELLS = """
    with found as (
      select
        level, series_id, source_id, region_code, year,
        list(rule || ': ' || detail order by rule desc, size desc, detail) as findings
      from quality.findings
      where leads
      group by all
    ),

    chosen as (
      {chosen}
    )

    select
      c.*, quality.cell_address(c.file, c.sheet, c.row_no, c.col_no) as address,
      t.findings, s.label_en, s.label_zh,
      delivered.label_zh as unit_zh, canonical.label_zh as canonical_zh,
      coalesce(nullif(c.region_name, ''), nullif(c.region_name_en, ''), c.region_code) as region,
      (
        select count(distinct level) from definitions.regions
        where coalesce(nullif(name_zh, ''), nullif(name_en, ''), region_code) = region
      ) as levels
    from chosen as c
    inner join found as t using (level, series_id, source_id, region_code, year)
    inner join definitions.series as s using (series_id)
    inner join definitions.units as delivered on c.unit = delivered.unit
    inner join definitions.units as canonical on s.unit = canonical.unit
    order by c.rank
"""

# The same with the kind of data of each source; `simulated` comes before all other kinds.
WITH_DATA = """
    select c.*, (
      select arg_max(s.data_profile, s.data_profile = 'simulated')
      from intermediate.study_sources as s where s.source_id = c.source_id and s.level = c.level
    ) as data_profile
    from ({chosen}) as c
    order by c.rank
"""


def add(commands: Commands) -> None:
    """Register the subcommand."""
    review = commands.add_parser("review", help="list the cells to look at, with their addresses")
    add_profile(review)
    review.add_argument("--rule", help="one rule, or a part of its name: jump, identity …")
    review.add_argument("--region", help="one region: name in either language, alias or code")
    review.add_argument("--series", help="one series, by its id")
    review.add_argument("--limit", type=int, help=f"how many (default {SHOWN}; all into a file)")
    review.add_argument("--out", type=Path, help="write the rows to FILE.csv, .xlsx … instead")
    review.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    if options.out is not None:
        refuse_warehouse(options.out)
    with published(options) as warehouse:
        where, parameters = _conditions(warehouse, options)
        chosen = f"from quality.review where {where} order by rank"
        [(total,)] = warehouse.execute(
            f"select count(*) from quality.review where {where}", parameters
        ).fetchall()
        if options.out is not None:
            # pandas takes a moment to import, which printing need not wait for.
            from nqp.presentation.exports import write_table

            limited = chosen if options.limit is None else f"{chosen} limit {options.limit}"
            frame = warehouse.execute(WITH_DATA.format(chosen=limited), parameters).df()
            write_table(frame, options.out, "simulated" in frame["data_profile"].to_list())
            print(f"{options.out}: {len(frame):,} of {total:,} cells.")
            return
        limit = SHOWN if options.limit is None else options.limit
        cells = warehouse.execute(CELLS.format(chosen=f"{chosen} limit {limit}"), parameters)
        names = [column[0] for column in cells.description]
        shown = [dict(zip(names, row, strict=True)) for row in cells.fetchall()]
        texts = _doubtful_texts(warehouse)
        [(rejected,)] = warehouse.execute(
            "select coalesce(sum(rejected), 0) from quality.cell_accounting"
        ).fetchall()
    width = min(terminal_width(), 140)
    for cell in shown:
        accepting = texts["listed"].get((cell["file"], cell["sheet"]), [])
        print(visible("\n".join(_told(cell, options.profile, width, accepting))), end="\n\n")
    closing = f"{len(shown)} of {total:,} cells to look at, the most suspicious first."
    if len(shown) < total:
        closing += f" All of them: --limit {total}, or --out review.xlsx."
    if shown:
        closing += " The line below a cell mends it: put the right figure for NEW, and the reason."
    if rejected:
        closing += f" Besides, {rejected:,} cells could not be used: see quality.rejected_cells."
    print("\n".join(wrapped(closing, width)))
    over = [row for rows in texts["rejects"].values() for row in rows]
    if over:
        print("\nFigures are rejected for these texts. A row of accepted_texts.csv accepts one:")
        print(visible("\n".join(INDENT + row for row in dict.fromkeys(over))))


def _doubtful_texts(
    warehouse: duckdb.DuckDBPyConnection,
) -> dict[str, dict[tuple[str, str], list[str]]]:
    """The rows of accepted_texts.csv that would accept texts, by what these do and by sheet."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {"listed": {}, "rejects": {}}
    for effect, source, file, sheet, text in warehouse.execute(
        "select effect, source_id, file, sheet, text from quality.doubtful_texts "
        "order by file, sheet, row_no, col_no"
    ).fetchall():
        rows = found[effect].setdefault((file, sheet), [])
        rows.append(accepting_row(source, file, sheet, text))
    return found


def accepting_row(source: str, file: str, sheet: str, text: str) -> str:
    """The row of accepted_texts.csv that accepts a text, with REASON and WHO to be filled in."""
    line = io.StringIO()
    # The file's name among those of all builds has the study in front.
    name = re.sub("^[a-z][a-z0-9_]*/data/", "", file)
    cells = [source, name, sheet, text, "REASON", "WHO", date.today().isoformat()]
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _conditions(
    warehouse: duckdb.DuckDBPyConnection, options: argparse.Namespace
) -> tuple[str, list[object]]:
    """The rows asked for, as a condition on quality.review and its parameters."""
    conditions: list[str] = ["true"]
    parameters: list[object] = []
    if options.limit is not None and options.limit < 1:
        raise ValueError(f"--limit {options.limit}: expected a number from 1")
    if options.rule is not None:
        if not any(options.rule in rule for rule in RULES):
            raise ValueError(
                f"no rule is called {options.rule!r}; the rules are {', '.join(RULES)}"
            )
        conditions.append("contains(rules, ?)")
        parameters.append(options.rule)
    if options.series is not None:
        require_series(warehouse, options.series)
        conditions.append("series_id = ?")
        parameters.append(options.series)
    if options.region is not None:
        conditions.append("list_contains(?, level || region_code)")
        regions = regions_named(warehouse, options.region)
        parameters.append([region["level"] + region["region_code"] for region in regions])
    return " and ".join(conditions), parameters


def _told(cell: dict[str, Any], profile: str, width: int, accepting: list[str]) -> Iterator[str]:
    """One cell in a few lines: what it is, what speaks against it, where it is, how to mend it."""
    corrected = ", corrected on record" if cell["corrected"] else ""
    yield from _block(
        f"{_region(cell)} {cell['year']}: "
        f"{in_both(cell['label_en'], cell['label_zh'])} ({cell['series_id']}){corrected}",
        width,
        f"{cell['rank']:>4}  ",
    )
    figure = f"{cell['text'].strip()} {cell['unit_zh']}"
    if cell["unit_zh"] != cell["canonical_zh"]:
        figure += f" ({cell['value_delivered']:.10g} {cell['canonical_zh']})"
    yield from _block(f"{figure} in {cell['address']}", width, INDENT)
    for finding in cell["findings"]:
        yield from _block(finding, width, f"{INDENT}- ")
    if "text beside the table" in cell["rules"]:
        yield f"{INDENT}If it does no harm, add to accepted_texts.csv beside the manifest:"
        yield from (INDENT + row for row in accepting)
    if not cell["corrected"] and cell["rules"] != "text beside the table":
        words = [cell["region"], str(cell["year"]), cell["series_id"], "NEW"]
        if cell["levels"] > 1:
            words += ["--level", cell["level"]]
        words += ["--source", cell["source_id"], "--profile", profile]
        arguments = " ".join(
            word
            if word.isidentifier() or word.isdigit() or word.startswith("--")
            else shlex.quote(word)
            for word in words
        )
        yield f'{INDENT}nqp correct {arguments} --reason "…"  # NEW in {cell["unit_zh"]}'


def _region(cell: dict[str, Any]) -> str:
    """Both names of a region, as far as it has them; its code where it has none."""
    return in_both(cell["region_name_en"], cell["region_name"]) or str(cell["region_code"])


def _block(text: str, width: int, start: str) -> list[str]:
    """Lines below each other behind ``start``; a word that is longer than a line stays whole."""
    return wrapped(text, width, start, " " * len(start), break_words=False)
