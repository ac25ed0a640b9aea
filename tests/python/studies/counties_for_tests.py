"""Studies of one's own for tests: a panel of counties, the folder that ``nqp new-study`` writes
from it, and ``nqp`` as people run it on that folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from nqp.new_study import Catalogue, Draft, read_data, understood, write_study
from warehouse import ROOT

ANSWERS = {
    "level": "county", "region_column": "code", "year_column": "year", "outcome": "yield",
    "controls": "rain", "policy": "irrigation", "treated": "irrigated", "first_treated_year": "",
}  # fmt: skip


def run(
    *words: str, here: Path, studies: list[Path] | None = None, project: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """``nqp`` of a project, run in a directory that has its warehouse."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NQP_", "DBT_")) or name == "NQP_BUILD_WAIT"
    }
    environment |= {"PYTHONPATH": str(project / "src"), "NQP_WAREHOUSE": str(here / "warehouse")}
    if studies:
        environment["NQP_STUDIES"] = os.pathsep.join(map(str, studies))
    return subprocess.run(
        [sys.executable, "-m", "nqp.terminal", *words],
        cwd=here, env=environment, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip


def county_panel(seed: int = 5) -> pd.DataFrame:
    """Twelve counties, 2001 to 2006: five irrigated from 2003 or 2005 on."""
    rng = np.random.default_rng(seed)
    starts = {f"C{place:02d}": start for place, start in enumerate([2003] * 3 + [2005] * 2)}
    frame = pd.DataFrame(
        [(f"C{place:02d}", f"County {place}", year) for place in range(12)
         for year in range(2001, 2007)],
        columns=["code", "county", "year"],
    )  # fmt: skip
    start = frame["code"].map(starts)
    frame["irrigated"] = (frame["year"] >= start).astype(int)
    frame["rain"] = rng.gamma(4, 100, len(frame)).round(1)
    frame["yield"] = (
        20 + 2 * frame["irrigated"] + frame["rain"] / 100 + rng.normal(0, 1, len(frame))
    ).round(3)
    return frame


def new_study(study: str, into: Path, frame: pd.DataFrame) -> Path:
    """The folder that ``nqp new-study`` writes from a panel."""
    into.mkdir(parents=True, exist_ok=True)
    file = into / f"{study}.csv"
    frame.to_csv(file, index=False)
    draft = Draft(study, read_data(file), Catalogue.read(ROOT))
    return write_study(
        understood(draft, {name: (text, 2) for name, text in ANSWERS.items()}, "answers"), into
    )


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()
