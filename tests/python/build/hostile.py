"""What an ill-meaning person could hand over: a data directory and definitions full of traps."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mini_profile import CITY_COLUMNS, MiniProfile, write_profile
from warehouse import ROOT, Warehouse

# Texts that mean something to SQL, Jinja, HTML, LaTeX, Markdown and spreadsheets.
SQL = """'); drop table marts.panel_long; --" """.strip()
MARKUP = (
    r"<script>alert(1)</script> {{ 7 * 7 }} \input{x} $a_b^c$ $\nothing{$ "
    "[y](javascript:z) | `w` & %"
)
FILE = f"it's {SQL} {{{{ 7 * 7 }}}}<b>.csv"
FORMULA = '=HYPERLINK("http://192.0.2.1")'
ITEM = f"gdp {SQL}"
REGION = f"北京'\"市{SQL}"
VARIABLE = "Hostile"
LABELS = f"{MARKUP} {SQL}", f"标签 {SQL} {MARKUP}"

# Run as Python, each leaves a mark beside itself. Nothing else would make one.
PYTHON_TRAP = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
PYTHON_TRAPS = (
    "sitecustomize", "usercustomize", "conftest", "numpy", "pandas", "duckdb", "nqp", "dbt", "json",
)  # fmt: skip
# Read by dbt, DuckDB or pytest, each stops what reads it.
OTHER_TRAPS = (
    "profiles.yml",
    "dbt_project.yml",
    "packages.yml",
    "pyproject.toml",
    ".duckdbrc",
    ".env",
)


def write_hostile_profile(folder: Path) -> MiniProfile:
    """The figures of `write_profile`, in a directory, files and columns that bear hostile names.

    One more row, in the city file, holds no region, and text for figures.
    """
    profile = write_profile(folder)
    for name in PYTHON_TRAPS:
        (folder / f"{name}.py").write_text(PYTHON_TRAP)
    for name in OTHER_TRAPS:
        (folder / name).write_text("}{ read me and stop\n")

    def city(rows: list[list[str]]) -> list[list[str]]:
        rows[0][CITY_COLUMNS.index("gdp")] = ITEM
        rows = [[text.replace("北京市", REGION) for text in row] for row in rows]
        return [*rows, [FORMULA, "2020", SQL, MARKUP]]

    _rewrite(folder / "city.csv", city)
    (folder / "city.csv").rename(folder / FILE)

    def manifest(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index
        for row in rows[1:]:
            if row[at("file")] == "city.csv":
                row[at("file")] = FILE
            if row[at("item")] == "gdp" and row[at("level")] == "city":
                row[at("item")] = ITEM
            row[at("source_id")] += f" {SQL}"
            for column in ("vintage", "provider", "licence", "note"):
                row[at(column)] = LABELS[0]
        return rows

    _rewrite(folder / "manifest.csv", manifest)
    return profile


def write_hostile_project(folder: Path) -> Path:
    """This project with hostile labels, a hostile region and one more variable."""
    folder.mkdir()
    copied = ("catalogue", "studies")
    for path in ROOT.iterdir():
        if path.name not in copied and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    for name in copied:
        shutil.copytree(ROOT / name, folder / name)

    def variables(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index
        own = next(row.copy() for row in rows if row[at("role")] == "control")
        own[at("variable_id")] = VARIABLE
        for row in (own, *rows[1:]):
            row[at("label_en")], row[at("label_zh")] = LABELS
            row[at("unit_label")] = MARKUP
        return [*rows, own]

    def regions(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index
        for row in rows:
            if row[:2] == ["city", "110000"]:
                row[at("name_zh")], row[at("name_en")] = REGION, LABELS[0]
        return rows

    def titles(rows: list[list[str]]) -> list[list[str]]:
        for row in rows[1:]:
            for at, name in enumerate(rows[0]):
                if name.startswith(("title_", "caption_")):
                    row[at] = LABELS[name.endswith("zh")]
        return rows

    _rewrite(folder / "studies" / "province" / "variables.csv", variables)
    _rewrite(folder / "catalogue" / "regions.csv", regions)
    for name in ("study", "table_specs", "figure_specs", "regression_specs"):
        for path in (folder / "studies").glob(f"*/{name}.csv"):
            _rewrite(path, titles)
    return folder


def _rewrite(path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(change(rows))


# --- the network -------------------------------------------------------------------------------

# A network of its own has nowhere to go; the kernel counts what tries.
COUNTING = """
cat /proc/net/snmp /proc/net/snmp6 >"$0"
"$@"
status=$?
cat /proc/net/snmp /proc/net/snmp6 >"$0"
exit $status
"""


class Network:
    """What processes started with `prefix` and `environment` asked of the network.

    attempts: lines of the recorder (in `recorder`), which Python code cannot get round.
    no_route: packets that the kernel could not send, whoever asked; None where it cannot be cut.
    """

    def __init__(self, folder: Path) -> None:
        self._record, self._counts = folder / "attempts", folder / "counts"
        cut = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", COUNTING)
        self.prefix: Sequence[str] = (*cut, str(self._counts))
        try:
            subprocess.run([*self.prefix, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            self.prefix = ()
        recorder = str(Path(__file__).parent / "recorder")
        paths = (recorder, os.environ.get("PYTHONPATH", ""))
        self.environment: Mapping[str, str] = {
            "NETWORK_RECORD": str(self._record),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }

    @property
    def attempts(self) -> list[str]:
        return self._record.read_text().splitlines() if self._record.exists() else []

    @property
    def no_route(self) -> int | None:
        if not self.prefix:
            return None
        lines = [line.split() for line in self._counts.read_text().splitlines()]
        names, values = [words for words in lines if words[0] == "Ip:"]
        six = dict(words for words in lines if len(words) == 2)
        return int(values[names.index("OutNoRoutes")]) + int(six.get("Ip6OutNoRoutes", 0))


@dataclass(frozen=True)
class Hostile:
    """A build of hostile files and definitions, and what it asked of the network."""

    profile: MiniProfile
    network: Network
    warehouse: Warehouse
