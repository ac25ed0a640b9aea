"""honestdid.csv beside this script: intervals under departures from parallel trends.

Run in this folder with numpy, scipy and honestdid 0.1.1: python honestdid_intervals.py (an hour).
The program's simulated quantile of the folded normal distribution is replaced by the exact one, its
1,000 draws of the least-favourable critical value by 20,000; grids end where their last point is
refused. Two event studies: `long`, 4 years before the reference and 5 after it, and `short`, 2 and
2. Intervals of relative magnitudes are good to a step of the grid.

events.json    estimates, covariance, relative_years by study
honestdid.csv  study, target, restriction, method, m, conf_low, conf_high, step
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from honestdid import core
from scipy import stats

HERE = Path(__file__).parent
warnings.filterwarnings("ignore")


def studies() -> dict[str, dict[str, list[float]]]:
    rng = np.random.default_rng(3)
    found = {}
    for name, years, effect in (
        ("long", [-5, -4, -3, -2, 0, 1, 2, 3, 4], [0.3, 0.35, 0.4, 0.5, 0.45]),
        ("short", [-3, -2, 0, 1], [0.4, 0.3]),
    ):
        k = len(years)
        A = rng.normal(size=(k, k))
        leads = [0.05, -0.02, 0.03, 0.0, 0.04][: k - len(effect)]
        found[name] = {
            "estimates": leads + effect,
            "covariance": np.round(0.01 * (A @ A.T / k + np.eye(k)), 6).tolist(),
            "relative_years": years,
        }
    return found


def exact(p: float, mu: object = 0.0, sd: float = 1.0, **_: object) -> object:
    values = np.atleast_1d(np.asarray(mu, dtype=float)) / sd
    found = sd * np.sqrt(stats.ncx2.ppf(p, 1, values**2))
    return found if np.ndim(mu) else float(found[0])


def main() -> None:
    core._qfoldednormal = exact
    least_favourable = core._compute_least_favorable_cv
    core._compute_least_favorable_cv = lambda X, V, kappa, **options: least_favourable(
        X, V, kappa, **(options | {"sims": 20_000})
    )
    rows = []
    (HERE / "events.json").write_text(json.dumps(studies(), indent=1) + "\n")
    for study, event in studies().items():
        b, V = np.array(event["estimates"]), np.array(event["covariance"])
        n_pre = sum(year < -1 for year in event["relative_years"])
        n_post = len(b) - n_pre
        for target in ("first", "average"):
            weights = np.eye(n_post)[0] if target == "first" else np.full(n_post, 1 / n_post)
            for m in (0, 0.01, 0.02, 0.05, 0.1):
                low, high = core.find_optimal_flci(b, V, m, n_pre, n_post, l_vec=weights)["FLCI"]
                rows.append((study, target, "smoothness", "FLCI", m, low, high, 0.0))
            grids = {0.5: 1.6, 1.0: 2.4, 2.0: 4.0} if study == "long" else {0.5: 1.2, 1.0: 2.0}
            for method in ("conditional", "C-LF"):
                if method == "C-LF" and study == "long":
                    continue
                for m, half in grids.items():
                    points = 161
                    table = core.computeConditionalCS_DeltaRM(
                        b,
                        V,
                        n_pre,
                        n_post,
                        l_vec=weights,
                        Mbar=m,
                        hybrid_flag="LF" if method == "C-LF" else "ARP",
                        gridPoints=points,
                        grid_lb=-half,
                        grid_ub=half,
                    )
                    held = table.loc[table["accept"] == 1, "grid"]
                    step = 2 * half / (points - 1)
                    row = (study, target, "relative magnitudes", method, m, held.min(), held.max())
                    rows.append((*row, step))
                    print(rows[-1], flush=True)
            columns = ["study", "target", "restriction", "method", "m", "conf_low", "conf_high"]
            pd.DataFrame(rows, columns=[*columns, "step"]).to_csv(
                HERE / "honestdid.csv", index=False
            )


if __name__ == "__main__":
    main()
