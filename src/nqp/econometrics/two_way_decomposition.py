"""What a two-way coefficient on staggered adoption adds up.

By cells (de Chaisemartin and D'Haultfoeuille 2020, theorem 1): under parallel trends the
coefficient is in expectation the sum over treated rows of their effect times a weight, the residual
of the treatment on effects and controls over its sum in treated rows. Weights add up to one, but
some may be negative: effects that are positive everywhere can then give a negative coefficient.

By comparisons (Goodman-Bacon 2021): on a balanced panel without controls the coefficient is the
weighted average of all comparisons of two groups in two windows, each a difference in differences.
With V the variance of the treatment net of both effects, groups a and b of shares n_a, n_b treated
for shares D_a > D_b of the periods:
    group against never treated       weight n_a n_u D_a (1 - D_a) / V
    earlier against later, before the later begins    n_a n_b (D_a - D_b)(1 - D_a) / V
    later against earlier, which is treated by then   n_a n_b D_b (D_a - D_b) / V
In the last the control is treated all along, so that its effect's growth is subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.panels import NotEstimable, complete_cases
from nqp.econometrics.regression import RegressionSpec

AGAINST_NEVER = "treated against never treated"
AGAINST_ALWAYS = "treated against always treated"
EARLIER = "earlier against later treated"
LATER = "later against earlier treated"


@dataclass(frozen=True, eq=False)
class TwoWayWeights:
    """Weights of treated rows in a two-way coefficient.

    weights: unit, time, weight of each treated row; they add up to 1.
    share_negative: of treated rows. sum_negative: of the weights below 0.
    """

    weights: pd.DataFrame
    share_negative: float
    sum_negative: float


@dataclass(frozen=True, eq=False)
class GoodmanBacon:
    """Comparisons behind a two-way coefficient on a balanced panel without controls.

    comparisons: kind, treated, control (first treated period; missing for never treated), weight,
        estimate; weights add up to 1, and the weighted estimates to `estimate`.
    by_kind: kind, weight, estimate.
    """

    estimate: float
    comparisons: pd.DataFrame
    by_kind: pd.DataFrame


def two_way_weights(
    panel: pd.DataFrame, spec: RegressionSpec, unit: str = "region_code", time: str = "year"
) -> TwoWayWeights:
    """The weight of every treated row in the coefficient of the first treatment, 0 or 1.

    panel, spec, unit, time: as for `nqp.econometrics.regression.fit`, weighted or not.

    Raises what `nqp.econometrics.cluster_design.cluster_design` raises, and NotEstimable when the
    treatment takes other values.
    """
    name = spec.treatment[0]
    design = cluster_design(panel, spec, unit, unit, time)
    treatment = design.sample[name].to_numpy(dtype=float)
    if not np.isin(treatment, [0, 1]).all():
        raise NotEstimable(f"{name} takes values other than 0 and 1: no row is simply treated")
    residual = design.weights * (design.basis @ design.back[0])
    treated = treatment == 1
    share = residual[treated] / residual[treated].sum()
    rows = design.sample.loc[treated, [unit, time]].assign(weight=share)
    return TwoWayWeights(
        rows.reset_index(drop=True),
        share_negative=float(np.mean(share < 0)),
        sum_negative=float(share[share < 0].sum()),
    )


def goodman_bacon(
    panel: pd.DataFrame,
    outcome: str,
    first_treated: Mapping[Any, int],
    unit: str = "region_code",
    time: str = "year",
) -> GoodmanBacon:
    """Decompose the two-way coefficient of `outcome` on being treated, without controls.

    first_treated: first treated period by unit; units not in it, or treated after the last period,
    are never treated; units treated from the first period on are always treated.

    Raises NotEstimable when a unit lacks a period or all units begin together with none untreated.
    """
    sample = complete_cases(panel, unit, time, [outcome])
    table = sample.pivot(index=unit, columns=time, values=outcome)
    if table.isna().to_numpy().any():
        short = table.index[table.isna().any(axis=1)][0]
        raise NotEstimable(
            f"comparisons of groups need a balanced panel: {unit} {short} lacks a {time}"
        )
    periods = table.columns.to_numpy(dtype=float)
    start = pd.Series(table.index, index=table.index).map(dict(first_treated)).astype(float)
    # Who is first treated in a period that the panel lacks is so from the next one on.
    start = start.map(lambda first: min(periods[periods >= first], default=np.inf)).fillna(np.inf)
    groups = sorted(start.unique())
    means = {g: table[start == g].mean().to_numpy() for g in groups}
    share = {g: float(np.mean(start == g)) for g in groups}
    duration = {g: float(np.mean(periods >= g)) for g in groups}
    treated = (periods[None, :] >= start.to_numpy()[:, None]).astype(float)
    net = treated - treated.mean(axis=0) - treated.mean(axis=1, keepdims=True) + treated.mean()
    variance = float(np.mean(net**2))
    if variance <= 1e-12:
        raise NotEstimable("all units begin together and none is untreated: nothing is compared")

    def change(g: float, before: Any, after: Any) -> float:
        return float(means[g][after].mean() - means[g][before].mean())

    rows = []
    for i, a in enumerate(groups):
        for b in groups[i + 1 :]:  # b begins later, or never
            n, (d_a, d_b) = share[a] * share[b], (duration[a], duration[b])
            pre, middle, post = periods < a, (periods >= a) & (periods < b), periods >= b
            if pre.any():
                estimate = change(a, pre, middle) - change(b, pre, middle)
                kind = AGAINST_NEVER if np.isinf(b) else EARLIER
                rows.append((kind, a, b, n * (d_a - d_b) * (1 - d_a) / variance, estimate))
            if post.any():
                estimate = change(b, middle, post) - change(a, middle, post)
                kind = LATER if pre.any() else AGAINST_ALWAYS
                rows.append((kind, b, a, n * d_b * (d_a - d_b) / variance, estimate))
    found = pd.DataFrame(rows, columns=["kind", "treated", "control", "weight", "estimate"])
    periods_of = found[["treated", "control"]].replace(np.inf, np.nan).astype("Int64")
    found[["treated", "control"]] = periods_of
    product = found["weight"] * found["estimate"]
    kinds = found.assign(product=product).groupby("kind")[["weight", "product"]].sum()
    kinds["estimate"] = kinds["product"] / kinds["weight"]
    by_kind = kinds.drop(columns="product").reset_index()
    return GoodmanBacon(float(product.sum()), found, by_kind)
