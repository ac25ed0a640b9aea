"""Linear trends of groups: what remains of an effect when groups may drift apart.

Each group but the first has its own slope in time; with period effects the slopes are those
relative to the first group's. Of a treatment that sets in once, trends of the units themselves
take away much of what grows after it (Wolfers 2006): read the result beside the one without.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import RegressionSpec


def with_group_trends(
    panel: pd.DataFrame, spec: RegressionSpec, group: str, time: str = "year"
) -> tuple[pd.DataFrame, RegressionSpec]:
    """The panel with a column `trend_<label>` per group but the first, and a spec that has them as
    nuisance.

    group: column of labels, none missing. The columns are time less its mean in the panel, and
    0 elsewhere.

    Raises NotEstimable when there is one group only, ValueError when a row has no group.
    """
    if panel[group].isna().any():
        raise ValueError(f"{int(panel[group].isna().sum())} rows have no {group}: expected none")
    labels = sorted(panel[group].unique())
    if len(labels) < 2:
        raise NotEstimable(f"no trends by {group}: all rows are of {', '.join(map(str, labels))}")
    since = panel[time] - panel[time].mean()
    columns = {
        f"trend_{label}": np.where(panel[group] == label, since, 0.0) for label in labels[1:]
    }
    extended = pd.concat([panel, pd.DataFrame(columns, index=panel.index)], axis=1)
    return extended, replace(spec, nuisance=(*spec.nuisance, *columns))
