"""Time 1,000 placebo draws, one regression at a time and as one batch: 284 cities, 9 years.

Run from the repository: OPENBLAS_NUM_THREADS=1 python benchmarks/placebo.py
All sides draw the same units and give estimate, clustered s.e., t and p; the batches take their
fastest of several runs, their warm-up included in none. They must agree, or nothing is printed.
"Sums by unit" are those of nqp.econometrics.structured, for treatments that begin and stay.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import stats

from nqp.econometrics.assignments import NEVER, Assignment
from nqp.econometrics.batch import absorb, regress_treatments
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.placebo import assignments, placebo_in_space
from nqp.econometrics.randomisation import placebo_draws
from nqp.econometrics.regression import RegressionSpec, fit
from nqp.econometrics.structured import structured_treatment
from nqp.econometrics.threads import one_blas_thread

UNITS, YEARS, TREATED, DRAWS, SEED, RUNS = 284, 9, 67, 1000, 2016, 15
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
    panel = pd.DataFrame(
        {
            "region_code": np.repeat([f"{110000 + 100 * i}" for i in range(UNITS)], YEARS),
            "year": np.tile(np.arange(2014, 2014 + YEARS), UNITS),
            "bdpz": 0.0,
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
    codes, unit = np.unique(panel["region_code"], return_inverse=True)
    post = (panel["year"] >= 2016).to_numpy()
    D = assignments(codes, TREATED, DRAWS, SEED)[:, unit].T & post[:, None]

    start = perf_counter()
    loop = [fit(panel.assign(bdpz=d.astype(float)), SPEC).coefficients.iloc[0] for d in D.T]
    one_by_one = 1000 * (perf_counter() - start)

    absorbed = absorb(panel, SPEC)
    outcome = absorbed.sample["nqp"]
    batch = pd.DataFrame(vars(regress_treatments(absorbed, outcome, D)))
    expected = pd.DataFrame(loop)[COLUMNS].to_numpy(dtype=float)
    np.testing.assert_allclose(batch[COLUMNS], expected, rtol=1e-9)

    chosen = assignments(codes, TREATED, DRAWS, SEED)
    labels = np.where(chosen, 0, NEVER).astype(np.int16)
    one = panel.assign(bdpz=D[:, 0].astype(float))
    design = cluster_design(one, SPEC, "region_code")
    zero = np.zeros(UNITS, dtype=np.intp)
    law = Assignment(unit, tuple(codes), unit, np.array([2016.0]), labels[0], np.zeros(UNITS), zero)
    sums = structured_treatment(design, law)

    def by_sums() -> pd.DataFrame:
        b, t = sums.regress(labels)
        p = 2 * stats.t.sf(np.abs(t), sums.df)
        return pd.DataFrame(dict(zip(COLUMNS, (b, b / t, t, p), strict=True)))

    np.testing.assert_allclose(by_sums(), expected, rtol=1e-9)
    summing = milliseconds(by_sums, RUNS)
    drawing = milliseconds(
        lambda: placebo_draws(one, SPEC, TREATED, 2016, DRAWS, SEED, "region_code"), RUNS
    )
    preparing = milliseconds(lambda: absorb(panel, SPEC), RUNS)
    regressing = milliseconds(lambda: regress_treatments(absorbed, outcome, D), RUNS)
    whole = milliseconds(lambda: placebo_in_space(panel, SPEC, TREATED, 2016, DRAWS, SEED), RUNS)
    print(f"{DRAWS:,} draws of {TREATED} among {UNITS} cities, {YEARS} years, 5 controls")
    print(f"one fit per draw            {one_by_one:10,.0f} ms")
    print(f"partialling out, once       {preparing:10,.1f} ms")
    print(f"all draws as one batch      {regressing:10,.1f} ms")
    print(f"placebo_in_space as a whole {whole:10,.1f} ms")
    print(f"sums by unit                {summing:10,.1f} ms")
    print(f"placebo_draws as a whole    {drawing:10,.1f} ms")
    print(f"ratio: loop / batch         {one_by_one / regressing:10,.0f}")
    print(f"       loop / whole         {one_by_one / whole:10,.0f}")
    print(f"       loop / sums by unit  {one_by_one / summing:10,.0f}")
    print(f"       loop / whole of them {one_by_one / drawing:10,.0f}")


if __name__ == "__main__":
    main()
