"""What the effect on an index is made of, and what of it hangs on how the index is made."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from nqp.analyses.regressions import prepare
from nqp.analyses.samples import KEYS, Samples
from nqp.analyses.specifications import Row, estimated, policies_of, rows_of
from nqp.econometrics.index import CONVENTIONS, Indicators, bootstrap_weights, scores
from nqp.econometrics.outcomes import Absorbed, absorb, regress_outcomes
from nqp.econometrics.panels import Floats, NotEstimable, codes

CONTRIBUTION_COLUMNS = ("indicator", "weight", "estimate", "contribution", "share")
WEIGHT_COLUMNS = {
    "study": "str", "indicator": "str", "weight": "float", "conf_low": "float",
    "conf_high": "float", "draws": "int",
}  # fmt: skip
SENSITIVITY_COLUMNS = ("convention", "estimate", "std_error", "rank_correlation")


def effect_contributions(
    samples: Samples,
    specs: pd.DataFrame,
    studies: pd.DataFrame,
    normalised: pd.DataFrame,
    weights: pd.DataFrame,
) -> pd.DataFrame:
    """The policy's effect on the index as the weighted sum of its effects on the indicators.

    Least squares is linear in the outcome, so that β = Σ w_j β_j exactly, the regressors being the
    same. normalised: study, id, region_code, year, normalised. weights: study, indicator, weight.
    `CONTRIBUTION_COLUMNS`; contribution is w_j β_j, share its part of β.
    """
    policies = policies_of(studies)

    def contributions(row: Row) -> pd.DataFrame:
        own = normalised[normalised["study"] == row["study"]]
        wide = own.pivot(index=KEYS, columns="id", values="normalised")
        w = weights[weights["study"] == row["study"]].set_index("indicator")["weight"]
        absorbed, treatment, Y = _absorbed(samples, row, policies[row["study"]], wide)
        estimate = regress_outcomes(absorbed, Y, treatment).estimate
        weight = w.reindex(wide.columns).to_numpy()
        contribution = weight * estimate
        return pd.DataFrame(
            {
                "indicator": wide.columns,
                "weight": weight,
                "estimate": estimate,
                "contribution": contribution,
                "share": contribution / contribution.sum(),
            }
        )

    return estimated(_of_index(specs, studies), "spec_id", contributions, CONTRIBUTION_COLUMNS)


def index_sensitivity(
    samples: Samples,
    specs: pd.DataFrame,
    studies: pd.DataFrame,
    normalised: pd.DataFrame,
    weights: pd.DataFrame,
    units: pd.DataFrame,
) -> pd.DataFrame:
    """The policy's effect on the index made by other conventions, a row per convention.

    normalised: study, id, region_code, year, value. weights: study, indicator, sign. units: study,
    first_treated_year. `SENSITIVITY_COLUMNS`; rank_correlation is Spearman's with the study's own
    index, over all its rows.
    """
    policies, made = policies_of(studies), {}
    for study, own in normalised.groupby("study"):
        wide = own.pivot(index=KEYS, columns="id", values="value")
        signs = weights[weights["study"] == study].set_index("indicator")["sign"]
        years = wide.index.get_level_values("year")
        first = units.loc[units["study"] == study, "first_treated_year"].min()
        given = Indicators(
            values=wide.to_numpy(dtype=float),
            signs=signs.reindex(wide.columns).to_numpy(dtype=float),
            periods=codes(years.to_series()),
            before=np.asarray(years < first),
            names=tuple(map(str, wide.columns)),
        )
        made[study] = wide.index, scores(given)

    def conventions(row: Row) -> pd.DataFrame:
        if row["study"] not in made:
            prepare(samples, row)  # says for want of which data
            raise NotEstimable("no unit and year has every indicator of the index")
        index, found = made[row["study"]]
        known = {name: values for name, values in found.items() if not isinstance(values, str)}
        wide = pd.DataFrame(known, index=index)
        absorbed, treatment, Y = _absorbed(samples, row, policies[row["study"]], wide)
        result = regress_outcomes(absorbed, Y, treatment)
        own = next(iter(known))
        table = pd.DataFrame(
            {
                "convention": list(known),
                "estimate": result.estimate,
                "std_error": result.std_error,
                "rank_correlation": [
                    float(stats.spearmanr(wide[own], wide[name]).statistic) for name in known
                ],
            }
        )
        lacking = {name: text for name, text in found.items() if isinstance(text, str)}
        without = pd.DataFrame({"convention": list(lacking), "why_not": list(lacking.values())})
        return pd.concat([table, without], ignore_index=True)

    table = estimated(_of_index(specs, studies), "spec_id", conventions, SENSITIVITY_COLUMNS)
    return table.assign(
        convention=table["convention"].fillna(next(iter(CONVENTIONS))),
    )


def index_weights(
    normalised: pd.DataFrame,
    weights: pd.DataFrame,
    checks: pd.DataFrame,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """The entropy weight of each indicator with a 95 % interval: `WEIGHT_COLUMNS`.

    Percentiles of the weights of samples of units, all years of each. normalised, weights: as for
    `index_sensitivity`, weights with weight. checks: study, those that may be estimated.
    """
    tables = []
    for study, own in normalised[normalised["study"].isin(checks["study"])].groupby("study"):
        wide = own.pivot(index=KEYS, columns="id", values="value")
        known = weights[weights["study"] == study].set_index("indicator").reindex(wide.columns)
        drawn = bootstrap_weights(
            wide.to_numpy(dtype=float), known["sign"].to_numpy(dtype=float),
            codes(wide.index.get_level_values("region_code").to_series()), draws, seed,
        )  # fmt: skip
        low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
        tables.append(
            pd.DataFrame(
                {
                    "study": study, "indicator": wide.columns, "weight": known["weight"].to_numpy(),
                    "conf_low": low, "conf_high": high, "draws": draws,
                }
            )
        )  # fmt: skip
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in WEIGHT_COLUMNS.items()})
    return pd.concat(tables, ignore_index=True) if tables else empty


def _of_index(specs: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """The specifications whose outcome is the index and whose only treatment is the policy."""
    of_index = {row["study"]: (row["index_id"], row["policy"]) for row in rows_of(studies)}
    chosen = [
        (row["outcome"], row["treatment"]) == of_index.get(row["study"]) for row in rows_of(specs)
    ]
    return specs[chosen]


def _absorbed(
    samples: Samples, row: Row, policy: str, outcomes: pd.DataFrame
) -> tuple[Absorbed, Floats, Floats]:
    """Effects and controls partialled out, the treatment, and the outcomes in the same rows."""
    prepared = prepare(samples, row)
    if prepared.spec.outcome in prepared.winsorised:
        raise NotEstimable("the outcome is winsorised, so that it is no sum of its indicators")
    if prepared.spec.weights:
        raise NotEstimable("the rows are weighted: match with keep = rows")
    absorbed = absorb(prepared.rows, prepared.spec)
    sample = absorbed.sample
    Y = outcomes.reindex(pd.MultiIndex.from_frame(sample[KEYS])).to_numpy(dtype=float)
    return absorbed, sample[policy].to_numpy(dtype=float), Y
