"""Matching: which rows of a sample are kept, how alike they are, and what other settings keep."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nqp.analyses.samples import KEYS, Samples
from nqp.analyses.specifications import Row, by_id, decimal, estimated, names
from nqp.econometrics.matching import MatchingSpec, match
from nqp.econometrics.matching_balance import BALANCE_COLUMNS as STATISTICS
from nqp.econometrics.matching_balance import balance
from nqp.econometrics.matching_scan import SCAN_COLUMNS as SETTINGS
from nqp.econometrics.matching_scan import scan

TREATED = "ever_treated"
COLUMNS = (
    "matching_id", "region_code", "year", "treated", "propensity_score", "on_support", "weight",
    "keep",
)  # fmt: skip
BALANCE_COLUMNS = ("matching_id", *STATISTICS)
# The reason of a setting that matches nothing, beside that of a specification.
SCAN_COLUMNS = (*SETTINGS[:-1], "not_matched")


def matched_samples(samples: Samples, requests: pd.DataFrame, specs: pd.DataFrame) -> pd.DataFrame:
    """Match the rows of each sample that asks for it: `COLUMNS`, a row per row with an outcome.

    requests: sample_id, spec_id, matching; specs: ``matching_specs``. Treated rows are all rows of
    the units that are treated within the sample, as both papers match.
    """
    by_matching = by_id(specs, "matching_id")

    def matches(request: Row) -> pd.DataFrame:
        row = by_matching[request["matching"]]
        spec = matching_spec(row)
        rows = _rows(samples, request["sample_id"], spec.covariates)
        found = match(rows, TREATED, spec)
        return rows[KEYS].assign(
            matching_id=row["matching_id"], treated=rows[TREATED],
            propensity_score=found.propensity_score,
            on_support=found.on_support, weight=found.weight, keep=spec.keep,
        )  # fmt: skip

    asking = _asking(requests)
    table = estimated(asking, "sample_id", matches, COLUMNS)
    matching_of = asking.set_index("sample_id")["matching"]
    return table.assign(matching_id=table["sample_id"].map(matching_of))


def matching_balance(
    samples: Samples, requests: pd.DataFrame, specs: pd.DataFrame, matched: pd.DataFrame
) -> pd.DataFrame:
    """Balance of each matching's covariates before and after, as the regression uses the rows.

    matched: as `matched_samples` gives it.
    """
    by_matching = by_id(specs, "matching_id")

    def compare(request: Row) -> pd.DataFrame:
        spec = matching_spec(by_matching[request["matching"]])
        rows = _rows(samples, request["sample_id"], spec.covariates)
        found = rows[KEYS].merge(matched[matched["sample_id"] == request["sample_id"]], on=KEYS)
        table = balance(
            rows,
            TREATED,
            spec.covariates,
            found["propensity_score"].to_numpy(dtype=float),
            found["on_support"].to_numpy(dtype=bool),
            found["weight"].to_numpy(dtype=float),
            weighted=spec.keep == "weights",
        )
        return table.assign(matching_id=request["matching"])

    made = set(matched.loc[matched["status"] == "estimated", "sample_id"])
    asking = _asking(requests)
    return estimated(asking[asking["sample_id"].isin(made)], "sample_id", compare, BALANCE_COLUMNS)


def matching_scan(samples: Samples, requests: pd.DataFrame, specs: pd.DataFrame) -> pd.DataFrame:
    """Rows that each matching setting keeps, once for the covariates of each study."""
    first = _asking(requests).drop_duplicates("matching").set_index("matching")["sample_id"]

    def settings(row: Row) -> pd.DataFrame:
        covariates = names(row["covariates"])
        found = scan(_rows(samples, first[row["matching_id"]], covariates), TREATED, covariates)
        return found.rename(columns={"reason": "not_matched"})

    distinct = specs.drop_duplicates(["study", "covariates"])
    return estimated(distinct, "matching_id", settings, SCAN_COLUMNS)


def matching_spec(row: Row) -> MatchingSpec:
    """The estimator's part of a row of ``matching_specs``."""
    return MatchingSpec(
        covariates=names(row["covariates"]),
        method=row["method"],
        neighbours=int(row["neighbours"]),
        bandwidth=float(row["bandwidth"]),
        model=row["model"],
        by_year=bool(row["by_year"]),
        common_support=bool(row["common_support"]),
        ties=bool(row["ties"]),
        direction=row["direction"],
        caliper=decimal(row["caliper"]),
        keep=row["keep"],
    )


def _asking(requests: pd.DataFrame) -> pd.DataFrame:
    """One request per distinct sample, of those that ask for a matching."""
    own = requests[requests["spec_id"] == requests["sample_id"]]
    return own[own["matching"].notna()].sort_values("sample_id")


def _rows(samples: Samples, sample_id: str, covariates: tuple[str, ...]) -> pd.DataFrame:
    rows = samples.rows(sample_id, covariates)
    treated: Any = rows["first_treated_year"].notna().astype(int)
    return rows.assign(**{TREATED: treated})
