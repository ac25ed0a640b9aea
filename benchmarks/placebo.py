"""Time 1,000 placebo draws as one call and as a loop of linearmodels: 284 cities, 9 years.

Run from the repository: OPENBLAS_NUM_THREADS=1 python benchmarks/placebo.py
Both draw the same units and give estimate, clustered standard error, t and p. The call prepares the
panel, draws and estimates; it takes its fastest of several runs, its warm-up included in none. The
two must agree, or nothing is printed.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

from nqp.econometrics.assignments import NEVER, Assignment
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.placebo import placebo_in_space
from nqp.econometrics.regression import RegressionSpec
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread

UNITS, YEARS, TREATED, DRAWS, SEED, RUNS = 284, 9, 67, 1000, 2016, 30
CONTROLS = ("LnGDP", "Fin", "Str", "Com", "Gov")
COLUMNS = ["estimate", "std_error", "t_statistic", "p_value"]
SPEC = RegressionSpec(
    outcome="nqp",
    treatment=("bdpz",),
    controls=CONTROLS,
    unit_effects=True,
    time_effects=True,
    vcov="clustered",
    cluster="region_code",
    constant="mean",
)


def make_panel() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    year = np.tile(np.arange(2014, 2014 + YEARS), UNITS)
    treated = (np.repeat(np.arange(UNITS), YEARS) < TREATED) & (year >= 2016)
    panel = pd.DataFrame(
        {
            "region_code": np.repeat([f"{110000 + 100 * i}" for i in range(UNITS)], YEARS),
            "year": year,
            "bdpz": treated.astype(float),
        }
    )
    for name in ("nqp", *CONTROLS):
        level = np.repeat(rng.normal(size=UNITS), YEARS)
        panel[name] = level + rng.normal(size=UNITS * YEARS)
    return panel


def milliseconds(run: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return 1000 * min(times)


@one_blas_thread
def main() -> None:
    panel = make_panel()
    design = cluster_design(panel, SPEC, "region_code")
    units = np.repeat(np.arange(UNITS), YEARS)
    law = Assignment(
        groups=units,
        labels=design.labels,
        units=units,
        starts=np.array([2016.0]),
        actual=np.where(np.arange(UNITS) < TREATED, 0, NEVER).astype(np.int16),
        delay=np.zeros(UNITS),
        strata=np.zeros(UNITS, dtype=np.intp),
    )
    labels = np.concatenate(list(law.draw(DRAWS, SEED)))
    post = (panel["year"] >= 2016).to_numpy()

    indexed = panel.set_index(["region_code", "year"])

    def by_linearmodels(drawn: np.ndarray) -> tuple[float, float]:
        found = PanelOLS(
            indexed["nqp"],
            indexed[list(CONTROLS)].assign(bdpz=((drawn[units] != NEVER) & post).astype(float)),
            entity_effects=True,
            time_effects=True,
        ).fit(cov_type="clustered", cluster_entity=True)
        return float(found.params["bdpz"]), float(found.std_errors["bdpz"])

    start = perf_counter()
    expected = np.array([by_linearmodels(own) for own in labels])
    looping = 1000 * (perf_counter() - start)

    def whole() -> pd.DataFrame:
        return placebo_in_space(panel, SPEC, TREATED, 2016, DRAWS, SEED)

    found = whole()
    np.testing.assert_allclose(found["estimate"], expected[:, 0], rtol=1e-9)
    # linearmodels has no factor for the number of clusters and parameters unless asked.
    ratio = found["std_error"] / expected[:, 1]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    treatment = structured_treatment(design, law)
    times = {
        "preparing the panel": milliseconds(
            lambda: structured_treatment(cluster_design(panel, SPEC, "region_code"), law), RUNS
        ),
        "drawing": milliseconds(lambda: list(law.draw(DRAWS, SEED)), RUNS),
        "estimating": milliseconds(lambda: treatment.estimate(labels), RUNS),
        "placebo_in_space as a whole": milliseconds(whole, RUNS),
    }
    print(f"{DRAWS:,} draws of {TREATED} among {UNITS} cities, {YEARS} years, 5 controls")
    print(f"{'linearmodels, draw by draw':30}{looping:10,.0f} ms")
    for name, time in times.items():
        print(f"{name:30}{time:10,.1f} ms   1 / {looping / time:,.0f} of it")


if __name__ == "__main__":
    main()
