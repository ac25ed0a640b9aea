"""Matching under every combination of settings met in practice, with what remains of the sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import Any

import pandas as pd

from nqp.econometrics.matching import UNREAD, MatchingSpec, find_matches, scores_of
from nqp.econometrics.matching_rows import column_of, groups_of, treated_flags
from nqp.econometrics.panels import Floats, NotEstimable, singletons

# Settings met in practice, for `scan`.
GRID: Mapping[str, Sequence[Any]] = {
    "method": ("nearest", "kernel"),
    "neighbours": (1, 2, 3, 4, 5),
    "model": ("logit", "probit"),
    "by_year": (False, True),
    "common_support": (False, True),
    "ties": (False, True),
    "direction": ("treated", "both"),
}

_COUNTS = (
    "row_count", "treated_rows", "control_rows", "unit_count", "rows_without_singletons",
    "on_support_rows",
)  # fmt: skip


# What `scan` varies, and the columns of what it returns.
_SETTINGS = tuple(
    field.name
    for field in fields(MatchingSpec)
    if field.name not in ("covariates", "kernel", "keep")
)

SCAN_COLUMNS = (*_SETTINGS, *_COUNTS, "reason")


def scan(
    rows: pd.DataFrame,
    treated: str,
    covariates: tuple[str, ...],
    grid: Mapping[str, Sequence[Any]] = GRID,
    year: str = "year",
    unit: str = "region_code",
) -> pd.DataFrame:
    """How many rows each combination of settings keeps, to set beside a published N.

    rows, treated, year: as for `match`. grid: fields of MatchingSpec and the values to try; the
    others keep their defaults. Settings a method does not read are missing and not multiplied.

    One row per setting: the fields; row_count, treated_rows, control_rows, unit_count (distinct
    `unit`) of the matched sample; rows_without_singletons, the N of reghdfe with unit and year
    effects; on_support_rows, the N of those who keep psmatch2's `_support` instead; reason, where
    nothing can be matched and the numbers are missing.

    Raises ValueError when the grid names something that is no setting, and as `match` does.
    """
    if unknown := [name for name in grid if name not in _SETTINGS]:
        raise ValueError(f"grid has {', '.join(unknown)}: expected any of {', '.join(_SETTINGS)}")
    specs = dict.fromkeys(
        _canonical(covariates, dict(zip(grid, values, strict=True)))
        for values in product(*grid.values())
    )
    flags, units = treated_flags(rows, treated), column_of(rows, unit)
    groups = {by_year: groups_of(rows, by_year, year) for by_year in {s.by_year for s in specs}}
    scores: dict[tuple[str, bool], Floats | NotEstimable] = {}
    lines = []
    for spec in specs:
        key = (spec.model, spec.by_year)
        if key not in scores:
            try:
                scores[key] = scores_of(rows, flags, spec, groups[spec.by_year])
            except NotEstimable as error:
                scores[key] = error
        line: dict[str, Any] = {name: getattr(spec, name) for name in _SETTINGS}
        line |= dict.fromkeys(UNREAD[spec.method])
        score = scores[key]
        if isinstance(score, NotEstimable):
            lines.append(line | {"reason": str(score)})
            continue
        found = find_matches(score, flags, spec, groups[spec.by_year])
        kept = found.weight > 0
        lines.append(
            line
            | {
                "row_count": kept.sum(),
                "treated_rows": (kept & flags).sum(),
                "control_rows": (kept & ~flags).sum(),
                "unit_count": units[kept].nunique(),
                "rows_without_singletons": (~singletons(rows[kept], [(unit,), (year,)])).sum(),
                "on_support_rows": found.on_support.sum(),
                "reason": None if kept.any() else "no matches",
            }
        )
    return pd.DataFrame(lines, columns=list(SCAN_COLUMNS)).astype(
        dict.fromkeys([*_COUNTS, "neighbours"], "Int64")
        | dict.fromkeys(["bandwidth", "caliper"], "float64")
        | dict.fromkeys(["ties", "by_year", "common_support"], "boolean")
    )


def _canonical(covariates: tuple[str, ...], values: Mapping[str, Any]) -> MatchingSpec:
    """The specification with the settings its method does not read at their defaults."""
    unread = UNREAD[values.get("method", "nearest")]
    return MatchingSpec(covariates, **{k: v for k, v in values.items() if k not in unread})
