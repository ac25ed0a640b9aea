"""wild.csv beside this script: p-values and intervals of the restricted wild cluster bootstrap.

Run in this folder with numpy, pandas, wildboottest 0.3.2 and diff-diff 3.13.0: python wild.py
Weighted regressions are run on rows times the root of their weight. wildboottest counts draws
strictly above the actual |t|, so that of an enumeration leaves out the draws that repeat it, the
2 (Rademacher) or 6 (Webb) without which ours has no p-value.

wild.csv  program, weights, cluster, multipliers, draws, p_value, conf_low, conf_high
"""

from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff.utils import wild_bootstrap_se
from wildboottest.wildboottest import WildboottestCL

HERE = Path(__file__).parent
DRAWS = 99_999


def main() -> None:
    panel = pd.read_csv(HERE / "panel.csv")
    dummies = pd.get_dummies(panel[["unit", "year"]].astype(str), drop_first=True)
    X = np.column_stack([panel[["d", "x1", "x2"]], np.ones(len(panel)), dummies]).astype(float)
    y = panel["y"].to_numpy()
    rows = []
    for weights in ("none", "w"):
        root = np.sqrt(panel["w"].to_numpy()) if weights == "w" else np.ones(len(panel))
        Xw, yw = X * root[:, None], y * root
        for cluster in ("province", "unit"):
            ids = panel[cluster].astype("category").cat.codes.to_numpy().astype(int)
            for multipliers in ("rademacher", "webb"):
                R = np.eye(X.shape[1])[0]
                boot = WildboottestCL(Xw, yw, ids, R, DRAWS, bootcluster=ids, seed=7)
                boot.get_scores(bootstrap_type="11", impose_null=True)
                boot.get_weights(multipliers)
                boot.get_numer()
                boot.get_denom()
                boot.get_tboot()
                boot.get_vcov()
                boot.get_tstat()
                p = float(np.mean(np.abs(boot.t_boot) > abs(boot.t_stat)))
                size = len(boot.t_boot)
                rows.append(("wildboottest", weights, cluster, multipliers, size, p, "", ""))
                result = wild_bootstrap_se(
                    Xw, yw, np.zeros(len(yw)), ids, 0, DRAWS, multipliers, seed=7
                )
                found = (result.n_bootstrap, result.p_value, result.ci_lower, result.ci_upper)
                rows.append(("diff-diff", weights, cluster, multipliers, *found))
    columns = ["program", "weights", "cluster", "multipliers", "draws", "p_value"]
    columns += ["conf_low", "conf_high"]
    pd.DataFrame(rows, columns=columns).to_csv(HERE / "wild.csv", index=False)


if __name__ == "__main__":
    main()
