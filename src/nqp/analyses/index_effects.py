"""What the effect on an index is made of, and what of it hangs on how the index is made."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from nqp.analyses.regressions import Prepared, prepare
from nqp.analyses.samples import ASSIGNED, KEYS, Samples
from nqp.analyses.specifications import Row, estimated, policies_of, rows_of
from nqp.econometrics.cluster_design import cluster_design
from nqp.econometrics.cluster_inference import cr2_of_outcomes
from nqp.econometrics.index import CONVENTIONS, Indicators, bootstrap_weights, scores
from nqp.econometrics.outcomes import Absorbed, absorb, regress_outcomes
from nqp.econometrics.panels import Floats, NotEstimable, codes

CONTRIBUTION_COLUMNS = ("indicator", "weight", "estimate", "contribution", "share")
WEIGHT_COLUMNS = {
    "study": "str", "indicator": "str", "weight": "float", "conf_low": "float",
    "conf_high": "float", "draws": "int",
}  # fmt: skip
SCORE_COLUMNS = {
    "study": "str", "convention": "str", "convention_order": "int", "region_code": "str",
    "year": "Int64", "score": "float", "reason": "str",
}  # fmt: skip
SENSITIVITY_COLUMNS = (
    "convention", "estimate", "std_error", "cr2_std_error", "cr2_df", "cr2_p_value",
    "rank_correlation",
)  # fmt: skip


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
        prepared = _prepared(samples, row)
        absorbed, treatment, Y = _absorbed(prepared, policies[row["study"]], wide)
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


def index_scores(
    normalised: pd.DataFrame, weights: pd.DataFrame, units: pd.DataFrame, checks: pd.DataFrame
) -> pd.DataFrame:
    """The index of each study by each convention, the study's own first: `SCORE_COLUMNS`.

    normalised: study, id, region_code, year, value. weights: study, indicator, sign. units: study,
    first_treated_year. checks: study, those that may be estimated. A convention that cannot be had
    is one row without region, with the reason.
    """
    tables = []
    for study, own in normalised[normalised["study"].isin(checks["study"])].groupby("study"):
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
        for order, (convention, found) in enumerate(scores(given).items()):
            named = {"study": study, "convention": convention, "convention_order": order}
            if isinstance(found, str):
                tables.append(pd.DataFrame([named | {"reason": found}]))
            else:
                tables.append(wide.index.to_frame(index=False).assign(**named, score=found))
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in SCORE_COLUMNS.items()})
    made: pd.DataFrame = pd.concat([empty, *tables], ignore_index=True).astype(SCORE_COLUMNS)
    return made


def index_sensitivity(
    samples: Samples, specs: pd.DataFrame, studies: pd.DataFrame, by_convention: pd.DataFrame
) -> pd.DataFrame:
    """The policy's effect on the index made by other conventions, a row per convention.

    by_convention: as `index_scores` gives it. `SENSITIVITY_COLUMNS`; std_error is that of the
    specification, cr2_std_error CR2 at the level of assignment, blank where that cannot be had;
    rank_correlation is Spearman's with the study's own index, over all its rows.
    """
    policies = policies_of(studies)

    def conventions(row: Row) -> pd.DataFrame:
        own = by_convention[by_convention["study"] == row["study"]]
        if own.empty:
            prepare(samples, row)  # says for want of which data
            raise NotEstimable("no unit and year has every indicator of the index")
        lacking = own[own["reason"].notna()]
        wide = own[own["reason"].isna()].pivot(
            index=KEYS, columns=["convention_order", "convention"], values="score"
        )
        wide.columns = wide.columns.droplevel(0)
        prepared = _prepared(samples, row)
        absorbed, treatment, Y = _absorbed(prepared, policies[row["study"]], wide)
        result = regress_outcomes(absorbed, Y, treatment)
        table = pd.DataFrame(
            {
                "convention": wide.columns,
                "estimate": result.estimate,
                "std_error": result.std_error,
                "rank_correlation": [
                    float(stats.spearmanr(wide.iloc[:, 0], wide[name]).statistic) for name in wide
                ],
            }
        ).join(_by_assignment(prepared, policies[row["study"]], wide))
        without = lacking[["convention"]].assign(why_not=lacking["reason"])
        both: pd.DataFrame = pd.concat([table, without], ignore_index=True)
        return both

    table = estimated(_of_index(specs, studies), "spec_id", conventions, SENSITIVITY_COLUMNS)
    return table.assign(
        convention=table["convention"].fillna(next(iter(CONVENTIONS))),
    )


def _by_assignment(prepared: Prepared, policy: str, outcomes: pd.DataFrame) -> pd.DataFrame:
    """CR2 tests of the policy, clustered where it was assigned, a row per outcome."""
    columns = ["cr2_std_error", "cr2_df", "cr2_p_value"]
    try:
        design = cluster_design(prepared.rows, prepared.spec, ASSIGNED)
    except NotEstimable:  # results.inference says why
        return pd.DataFrame(columns=columns, dtype=float)
    Y = _in_rows_of(design.sample, outcomes)
    estimates, std_errors, df = cr2_of_outcomes(design, policy, Y)
    known = np.where(std_errors > 0, std_errors, np.nan)
    p = 2 * stats.t.sf(np.abs(estimates / known), df)
    return pd.DataFrame(dict(zip(columns, (known, df, p), strict=True)))


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


def _prepared(samples: Samples, row: Row) -> Prepared:
    """What is regressed; raises NotEstimable where the index is no sum, or rows are weighted."""
    prepared = prepare(samples, row)
    if prepared.spec.outcome in prepared.winsorised:
        raise NotEstimable("the outcome is winsorised, so that it is no sum of its indicators")
    if prepared.spec.weights:
        raise NotEstimable("the rows are weighted: match with keep = rows")
    return prepared


def _absorbed(
    prepared: Prepared, policy: str, outcomes: pd.DataFrame
) -> tuple[Absorbed, Floats, Floats]:
    """Effects and controls partialled out, the treatment, and the outcomes in the same rows."""
    absorbed = absorb(prepared.rows, prepared.spec)
    treatment = absorbed.sample[policy].to_numpy(dtype=float)
    return absorbed, treatment, _in_rows_of(absorbed.sample, outcomes)


def _in_rows_of(sample: pd.DataFrame, outcomes: pd.DataFrame) -> Floats:
    found: Floats = outcomes.reindex(pd.MultiIndex.from_frame(sample[KEYS])).to_numpy(dtype=float)
    return found
