"""Trends of groups, and variables whose part may differ by period: what remains of an effect when
units may drift apart.

Each group but the first has its own slope in time; with period effects the slopes are those
relative to the first group's. Of a treatment that sets in once, trends of the units themselves
take away much of what grows after it (Wolfers 2006): read the result beside the one without.

A variable that does not change over time, such as a mean from before the treatment, is absorbed by
the effects of the units; by period it lets units that began differently take different paths.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def with_period_interactions(
    panel: pd.DataFrame, spec: RegressionSpec, variables: Sequence[str], time: str = "year"
) -> tuple[pd.DataFrame, RegressionSpec]:
    """The panel with a column `<variable>_<period>` for each variable and period but the first, and
    a spec that has them as nuisance.

    The columns are the variable less its mean in the panel in that period, and 0 elsewhere.
    """
    columns = {
        f"{name}_{period}": np.where(panel[time] == period, panel[name] - panel[name].mean(), 0.0)
        for name in variables
        for period in sorted(panel[time].unique())[1:]
    }
    extended = pd.concat([panel, pd.DataFrame(columns, index=panel.index)], axis=1)
    return extended, replace(spec, nuisance=(*spec.nuisance, *columns))
