"""csdid.csv beside this script: group-time averages of the castle-doctrine panel that ships.

Run in this folder with pandas and csdid 0.4.3: python csdid_effects.py
Outcome regression, standard errors of units by influence functions, base period universal.

csdid.csv  control_group, aggregation, cohort, relative_year, estimate, std_error
"""

from pathlib import Path

import numpy as np
import pandas as pd
from csdid.att_gt import ATTgt

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "studies/castle_doctrine/data/castle_doctrine.csv"


def main() -> None:
    panel = pd.read_csv(DATA)
    laws = pd.read_csv(DATA.parents[1] / "policies.csv").set_index("region_code")["date"]
    panel["start"] = panel["code"].map(laws.str[:4].astype(int)).fillna(0).astype(int)
    panel["y"] = np.log(panel["homicide"])
    panel["id"] = panel["code"].astype("category").cat.codes.astype(int) + 1
    rows = []
    for control in ("notyettreated", "nevertreated"):
        model = ATTgt(
            yname="y",
            tname="year",
            idname="id",
            gname="start",
            data=panel[["id", "year", "start", "y"]],
            control_group=[control],
        ).fit(est_method="reg", base_period="universal", bstrap=False)
        for kind in ("simple", "group", "dynamic"):
            found = model.aggte(typec=kind, bstrap=False, cband=False).atte
            rows.append((control, kind, "", "", found["overall_att"], found["overall_se"]))
            if kind == "simple":
                continue
            shown = (found["egt"], found["att_egt"], np.ravel(found["se_egt"]))
            for e, b, s in zip(*shown, strict=True):
                place = (int(e), "") if kind == "group" else ("", int(e))
                rows.append((control, kind, *place, b, s))
    columns = ["control_group", "aggregation", "cohort", "relative_year", "estimate", "std_error"]
    pd.DataFrame(rows, columns=columns).to_csv(HERE / "csdid.csv", index=False)


if __name__ == "__main__":
    main()
