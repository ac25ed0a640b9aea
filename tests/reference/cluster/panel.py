"""Write panel.csv, on which the programs beside it and the tests run: python panel.py

48 units in 12 provinces of 1 to 8, six years. `d` treats whole provinces from 2017 and one unit of
another; `alone` treats one province, whose residuals its own coefficient uses up; leads and lags
of `d`; two covariates; a weight; `kept` is 0 in the rows an unbalanced panel lacks. Errors have a
part that provinces share and one that persists.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SIZES = (1, 2, 3, 8, 4, 2, 6, 5, 3, 7, 4, 3)
TREATED = (1, 4, 6, 9)
YEARS = np.arange(2014, 2020)


def main() -> None:
    rng = np.random.default_rng(2002)
    province = np.repeat(np.arange(len(SIZES)), SIZES)
    n, t = len(province), len(YEARS)
    ever = np.isin(province, TREATED)
    ever[np.flatnonzero(province == 3)[0]] = True
    alone = province == 7
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:02d}" for i in range(n)], t),
            "province": np.repeat([f"p{j:02d}" for j in province], t),
            "year": np.tile(YEARS, n),
        }
    )
    year, i = frame["year"].to_numpy(), np.repeat(np.arange(n), t)
    for lead in (2014, 2015, 2017, 2018, 2019):
        frame[f"e{lead}"] = (ever[i] & (year == lead)).astype(int)
    frame["d"] = (ever[i] & (year >= 2017)).astype(int)
    frame["alone"] = (alone[i] & (year >= 2017)).astype(int)
    shared = rng.normal(size=(len(SIZES), t))[province[i], year - YEARS[0]]
    lasting = np.repeat(rng.normal(size=n), t)
    frame["x1"] = np.round(lasting + 0.5 * shared + rng.normal(size=n * t), 3)
    frame["x2"] = np.round(rng.exponential(size=n * t) * (1 + i % 3), 3)
    noise = rng.normal(size=n)[i] * (year - 2016) / 3 + rng.normal(size=n * t)
    frame["y"] = np.round(0.4 * frame["d"] + 0.2 * frame["x1"] + lasting + 0.7 * shared + noise, 4)
    frame["w"] = np.round(np.repeat(rng.uniform(0.5, 6, n), t) * rng.uniform(0.7, 1.3, n * t), 2)
    frame["kept"] = (rng.random(n * t) > 0.12).astype(int)
    frame.to_csv(Path(__file__).with_name("panel.csv"), index=False)


if __name__ == "__main__":
    main()
