"""How often each method rejects a true null hypothesis at 5 %: the table of docs/methods.

Run from the repository, an hour on one core, with a warehouse of the public profile for the rows of
the real index: python benchmarks/size_of_tests.py [warehouse/public.duckdb]

Panels are 284 cities in 30 provinces, as many cities each as the city studies have, 2014 to 2022;
ten provinces are drawn and all their cities treated from 2016 on, without effect. The error of a
city is normal with variance 1, a share of it common to the province and year; both parts follow an
AR(1). On the real index the errors are the index itself and only the assignment is drawn.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.assignments import NEVER, Assignment
from nqp.econometrics.cluster_design import ClusterDesign, cluster_design
from nqp.econometrics.cluster_inference import cr1_covariance, cr2_covariance, leave_one_out
from nqp.econometrics.panels import Floats
from nqp.econometrics.regression import RegressionSpec
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread
from nqp.econometrics.wild_bootstrap import wild_bootstrap

# Cities of each province in the city studies, by province code.
SIZES = (1, 1, 11, 11, 9, 14, 8, 12, 1, 13, 11, 16, 9, 11, 16, 17, 12, 13, 21, 14, 2)
SIZES += (1, 18, 4, 8, 10, 12, 1, 5, 2)
YEARS, FIRST, TREATED = np.arange(2014, 2023), 2016, 10
SHARES, SERIAL = (0.0, 0.05, 0.1, 0.3), (0.0, 0.6)
REPLICATIONS, DRAWS, SEED = 3000, 999, 20160208
METHODS = ("cr1 city", "cr1 province", "cr2", "cr3", "wcr rademacher", "wcr webb", "ri_b", "ri_t")
SPEC = RegressionSpec("y", ("d",), (), True, True, "clustered", "region_code", "mean")


def panel_of(sizes: tuple[int, ...]) -> pd.DataFrame:
    province = np.repeat(np.arange(len(sizes)), sizes)
    n = len(province)
    return pd.DataFrame(
        {
            "region_code": np.repeat([f"{i:03d}" for i in range(n)], len(YEARS)),
            "province_code": np.repeat([f"{j:02d}" for j in province], len(YEARS)),
            "year": np.tile(YEARS, n),
        }
    )


def ar1(rng: np.random.Generator, n: int, rho: float) -> Floats:
    """(n, years) stationary series of variance 1."""
    shocks = rng.normal(size=(n, len(YEARS)))
    series = shocks.copy()
    for t in range(1, len(YEARS)):
        series[:, t] = rho * series[:, t - 1] + np.sqrt(1 - rho**2) * shocks[:, t]
    return series


class Sizes:
    """Tests of one outcome after another under assignments drawn anew, without a new frame."""

    def __init__(self, panel: pd.DataFrame) -> None:
        province = panel["province_code"].to_numpy()
        ever = np.isin(province, np.unique(province)[:TREATED])
        frame = panel.assign(
            d=(ever & (panel["year"] >= FIRST)).astype(float),
            y=np.random.default_rng(0).normal(size=len(panel)),
        )
        self._by_city = cluster_design(frame, SPEC, "region_code")
        self._by_province = cluster_design(frame, SPEC, "province_code")
        self._periods = self._by_province.basis[:, : len(YEARS) - 1]
        self._units = self._by_province.units
        self._clusters = self._by_province.clusters
        self._after = (self._by_province.sample["year"] >= FIRST).to_numpy()

    def _net(self, column: Floats) -> Floats:
        means = np.bincount(self._units, column) / len(YEARS)
        return column - means[self._units]

    def p_values(self, outcome: Floats, treated: Floats, seed: int) -> list[float]:
        d = self._net((treated[self._clusters] & self._after).astype(float))
        d -= self._periods @ (self._periods.T @ d)
        length = np.linalg.norm(d)
        changes = {
            "outcome": self._net(outcome),
            "basis": np.column_stack([self._periods, d / length]),
            "back": np.append(np.zeros(self._periods.shape[1]), 1 / length)[None, :],
        }
        city, province = (
            replace(design, **changes)  # type: ignore[arg-type]
            for design in (self._by_city, self._by_province)
        )
        b, g = province.estimate[0], province.n_clusters

        def p(variance: float, df: float) -> float:
            return float(2 * stats.t.sf(abs(b) / np.sqrt(variance), df))

        cr2, df = cr2_covariance(province)
        without = leave_one_out(province)["estimate"].to_numpy()
        cr3 = (g - 1) / g * np.sum((without - b) ** 2)
        found = [
            p(cr1_covariance(city)[0, 0], city.n_clusters - 1),
            p(cr1_covariance(province)[0, 0], g - 1),
            p(cr2[0, 0], df[0]),
            p(cr3, g - 1),
        ]
        for multipliers in ("rademacher", "webb"):
            test = wild_bootstrap(
                province,
                "d",
                multipliers,
                DRAWS,
                seed,
                interval=False,  # type: ignore[arg-type]
            )
            found.append(test.p_value)
        return found + self._randomised(province, treated, seed)

    def _randomised(self, province: ClusterDesign, treated: Floats, seed: int) -> list[float]:
        labels = np.where(treated, 0, NEVER).astype(np.int16)
        law = Assignment(
            province.clusters,
            province.labels,
            province.units,
            np.array([float(FIRST)]),
            labels,
            np.zeros(len(province.unit_totals)),
            np.zeros(province.n_clusters, dtype=np.intp),
        )
        batch = structured_treatment(province, law)
        actual = batch.regress(labels[None, :])
        drawn = [batch.regress(part) for part in law.draw(DRAWS, seed)]
        null = [np.concatenate(part) for part in zip(*drawn, strict=True)]
        return [
            float((1 + np.sum(np.abs(n) >= abs(a[0]) * (1 - 1e-9))) / (1 + DRAWS))
            for n, a in zip(null, actual, strict=True)
        ]


def treated_provinces(rng: np.random.Generator, n: int) -> Floats:
    return np.isin(np.arange(n), rng.permutation(n)[:TREATED])


@one_blas_thread
def simulated(share: float, rho: float, replications: int) -> Floats:
    panel = panel_of(SIZES)
    sizes, province = Sizes(panel), np.repeat(np.arange(len(SIZES)), SIZES)
    rejections = []
    for k in range(replications):
        rng = np.random.default_rng([SEED, k, int(100 * share), int(100 * rho)])
        own, common = ar1(rng, len(province), rho), ar1(rng, len(SIZES), rho)
        error = np.sqrt(1 - share) * own + np.sqrt(share) * common[province]
        p = sizes.p_values(error.ravel(), treated_provinces(rng, len(SIZES)), k)
        rejections.append(np.array(p) < 0.05)
    return np.mean(rejections, axis=0)


@one_blas_thread
def on_the_index(warehouse: Path, replications: int) -> Floats:
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        panel = connection.sql(
            "select region_code, province_code, year, Index as y from marts.panel_city_public"
        ).df()
    panel = panel.sort_values(["region_code", "year"], ignore_index=True)
    sizes, n = Sizes(panel), panel["province_code"].nunique()
    rejections = []
    for k in range(replications):
        treated = treated_provinces(np.random.default_rng([SEED, k]), n)
        p = sizes.p_values(panel["y"].to_numpy(dtype=float), treated, k)
        rejections.append(np.array(p) < 0.05)
    return np.mean(rejections, axis=0)


def main() -> None:
    print(f"| province share | serial correlation | {' | '.join(METHODS)} |")
    print("|---" * (2 + len(METHODS)) + "|")
    for rho in SERIAL:
        for share in SHARES:
            start = perf_counter()
            cells = " | ".join(f"{100 * x:.1f}" for x in simulated(share, rho, REPLICATIONS))
            print(f"| {share:g} | {rho:g} | {cells} |", flush=True)
            print(f"{perf_counter() - start:.0f} s", file=sys.stderr)
    if len(sys.argv) > 1:
        found = on_the_index(Path(sys.argv[1]), REPLICATIONS)
        print(f"| real index | | {' | '.join(f'{100 * x:.1f}' for x in found)} |")


if __name__ == "__main__":
    main()
