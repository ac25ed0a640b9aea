"""Rows of a sample that alone have a unit or year effect, dropped as reghdfe drops them."""

from __future__ import annotations

import pandas as pd

from nqp.analyses.samples import KEYS, Samples
from nqp.analyses.specifications import names, rows_of, text
from nqp.econometrics.panels import NotEstimable, singletons


def dropped_singletons(
    samples: Samples, requests: pd.DataFrame, matched: pd.DataFrame
) -> pd.DataFrame:
    """The rows that each distinct sample loses: sample_id, region_code, year.

    requests: spec_id, sample_id, matching, singleton_effects (blank where none are dropped; several
    are joined by +, the columns of one by *).
    matched: as `matched_samples` gives it.
    """
    own = requests[requests["spec_id"] == requests["sample_id"]]
    lost = [pd.DataFrame(columns=["sample_id", *KEYS])]
    for request in rows_of(own[own["singleton_effects"].notna()]):
        try:
            effects = effects_in(request["singleton_effects"])
            groups = tuple(name for effect in effects for name in effect if name not in KEYS)
            rows = samples.rows(request["sample_id"], (), groups)[[*KEYS, *groups]]
        except NotEstimable:
            continue
        if text(request["matching"]):
            kept = matched[(matched["sample_id"] == request["sample_id"]) & (matched["weight"] > 0)]
            rows = rows.merge(kept[KEYS], on=KEYS)
        alone = singletons(rows, effects)
        lost.append(rows.loc[alone, KEYS].assign(sample_id=request["sample_id"]))
    table = pd.concat(lost, ignore_index=True)
    return table.astype({"sample_id": "string", "region_code": "string", "year": "Int64"})


def effects_in(cell: object) -> tuple[tuple[str, ...], ...]:
    """The columns of each effect in ``a + b * c``."""
    return tuple(tuple(part.strip() for part in name.split("*")) for name in names(cell))
