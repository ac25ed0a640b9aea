"""What the simulation reads from the definitions: samples, pilots, formulas, specifications.

Formulas are the ones the warehouse uses: a numerator that sums series, an optional denominator, a
scale and a transform. They are worked out here with plain pandas, so that the SQL has an
independent counterpart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nqp.definitions.lists import read_list

Floats = NDArray[np.float64]

TABLES = (
    "series", "indicators", "variables", "studies", "regions", "groupings", "policies",
    "regression_specs", "units",
)  # fmt: skip
OF_STUDIES = ("indicators", "variables", "studies", "regression_specs")


@dataclass(frozen=True, eq=False)
class Definitions:
    """The lists of definitions as text, with the study of each row, blanks as ''."""

    tables: dict[str, pd.DataFrame]

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def of(self, table: str, study: str) -> pd.DataFrame:
        """The rows of one study."""
        frame = self[table]
        return frame[frame["study"] == study].reset_index(drop=True)

    def study(self, study: str) -> pd.Series[str]:
        rows = self.of("studies", study)
        if rows.empty:
            known = ", ".join(self["studies"]["study"])
            raise ValueError(f"no study is called {study!r}; there are {known}.")
        return rows.iloc[0]

    def sample(self, study: str) -> pd.DataFrame:
        """One row per unit and year, ordered: region_code, year, one column per grouping, bdpz.

        bdpz is named after the study's policy: 1 from the year of the unit's date on.
        """
        row = self.study(study)
        groups = self["groupings"][self["groupings"]["level"] == row["level"]]
        wide = groups.pivot(index="region_code", columns="grouping", values="group_id")
        units = wide[wide[row["roster"]].notna()].sort_index()
        years = pd.Index(range(int(row["first_year"]), int(row["last_year"]) + 1), name="year")
        frame = units.reset_index().merge(years.to_frame(index=False), how="cross")

        policies = self["policies"]
        pilots = policies[
            (policies["policy"] == row["policy"])
            & (policies["variant"] == row["policy_variant"])
            & (policies["level"] == row["level"])
        ]
        start = pilots.set_index("region_code")["date"].str[:4].astype(int)
        frame[row["policy"]] = (frame["year"] >= frame["region_code"].map(start)).astype(float)
        return frame

    def needed_series(self, study: str) -> list[str]:
        """Every series a formula of the study names, in the order of series.csv."""
        named = set()
        for table in ("indicators", "variables"):
            for column in ("numerator", "denominator"):
                for formula in self.of(table, study)[column]:
                    named |= set(terms(formula))
        return [name for name in self["series"]["series_id"] if name in named]

    def specs(self, study: str) -> list[Spec]:
        """The study's columns that have a truth: those on rows chosen by group and window.

        Matching and winsorising choose by the noise itself, so a noise-free value means nothing.
        """
        rows = self.of("regression_specs", study)
        drawn = rows[(rows["matching"] == "") & (rows["winsor_upper"] == "")]
        return [Spec.of(row) for _, row in drawn.iterrows()]


def load(project: Path) -> Definitions:
    """Read the lists of the project's catalogue and of all its studies.

    Raises FileNotFoundError where the catalogue lacks one.
    """
    tables = {}
    for name in TABLES:
        if name in OF_STUDIES:
            file = "study" if name == "studies" else name
            paths = sorted((project / "studies").glob(f"*/{file}.csv"))
            frames = [read_list(path).assign(study=path.parent.name) for path in paths]
            tables[name] = pd.concat(frames, ignore_index=True).fillna("")
        else:
            tables[name] = read_list(project / "catalogue" / f"{name}.csv")
    return Definitions(tables)


def terms(formula: str) -> list[str]:
    """The names in ``a + b``; '' has none."""
    return [name.strip() for name in formula.split("+") if name.strip()]


@dataclass(frozen=True)
class Spec:
    """One column of a regression table, as far as its coefficients go."""

    spec_id: str
    outcome: str
    treatment: tuple[str, ...]
    controls: tuple[str, ...]
    effects: bool
    grouping: str = ""
    group_id: str = ""
    first_year: int = 0
    last_year: int = 9999

    @classmethod
    def of(cls, row: pd.Series[str]) -> Spec:
        if row["unit_effects"] != row["time_effects"]:
            raise ValueError(
                f"regression_specs.csv, {row['spec_id']}: the simulation knows truths with both "
                "effects or none; unit_effects and time_effects differ."
            )
        return cls(
            row["spec_id"],
            row["outcome"],
            tuple(terms(row["treatment"])),
            tuple(terms(row["controls"])),
            row["unit_effects"] == "true",
            row["grouping"],
            row["group_id"],
            int(row["first_year"] or 0),
            int(row["last_year"] or 9999),
        )

    @property
    def terms(self) -> tuple[str, ...]:
        return self.treatment + self.controls

    def rows(self, panel: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows of the panel the specification uses."""
        inside = panel["year"].between(self.first_year, self.last_year)
        if self.grouping:
            inside &= panel[self.grouping] == self.group_id
        return inside.to_numpy()


def formula_values(rows: pd.DataFrame, id_column: str, wide: pd.DataFrame) -> pd.DataFrame:
    """Indicators or variables from series.

    rows: definitions with numerator, denominator, scale, transform; wide: one column per series,
    in the units of series.csv. Returns one column per id, aligned with ``wide``.
    """
    out = {}
    for row in rows.to_dict("records"):
        value = wide[terms(row["numerator"])].sum(axis=1, skipna=False)
        if row["denominator"]:
            value = value / wide[terms(row["denominator"])].sum(axis=1, skipna=False)
        value = value * float(row["scale"])
        out[row[id_column]] = {"level": np.positive, "ln": np.log, "ln1p": np.log1p}[
            row["transform"]
        ](value)
    return pd.DataFrame(out, index=wide.index)


def entropy_weights(x: Floats) -> Floats:
    """Weights of normalised indicators x (rows, indicators), pooled over all rows.

    e = -(1/ln n) sum p ln p with p = x / sum x and 0 ln 0 = 0; weights proportional to 1 - e.
    """
    p = x / x.sum(axis=0)
    entropy = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=0) / np.log(len(x))
    weights: Floats = (1 - entropy) / (1 - entropy).sum()
    return weights


def index(rows: pd.DataFrame, indicators: pd.DataFrame) -> pd.Series[float]:
    """The composite index: min-max by sign over all rows, entropy weights, weighted sum."""
    sign = rows.set_index("indicator_id")["sign"].astype(float)
    oriented = indicators * sign
    x = (oriented - oriented.min()) / (oriented.max() - oriented.min())
    weights = entropy_weights(x.to_numpy(dtype=float))
    return pd.Series(x.to_numpy(dtype=float) @ weights, index=indicators.index)
