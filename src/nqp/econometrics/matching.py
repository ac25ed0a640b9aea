"""Propensity-score matching on panel rows, by the rules of Stata's `psmatch2`.

A row is treated when its `treated` column is 1. Rows are matched, not units: for a policy that
starts during the panel, give the column that marks every row of an ever-treated unit.

Seekers look for matches in the other group, with replacement. With `direction="treated"` the
treated rows seek and the untreated are sought; with "both" each group seeks in the other.

- nearest: the k rows with the nearest scores, in equal shares. Those sought are sorted by score
  and then by original order. The nearest is the first in that sort at the least distance, so a
  lower score goes before a higher one as far away; the others extend the window around it, lower
  score first at equal distance. With `ties`, every row no farther away than the k-th shares the
  weight. (`psmatch2` with `ties` and k > 1 counts rows tied with the nearest twice.)
- kernel: every row closer than the bandwidth h, with a share proportional to the Epanechnikov
  kernel 1 - (d/h)^2 (Leuven and Sianesi 2003, psmatch2).
- caliper: a match is closer than the caliper. Seekers with no match are unmatched.
- common support: treated rows outside the range of the untreated scores go; with "both" also
  untreated rows outside the range of the treated.
- weight: the shares a row was given, summed over seekers. With direction "treated" a matched
  treated row has weight 1; with "both" all rows have only what they were given, as `_weight`
  has after option `ate`. Rows with a weight are the matched sample. (An average effect over both
  groups also counts every row that found a match once for itself.)

Distances are compared as computed, to the last bit; only at the bandwidth and at the caliper
does rounding count as equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from nqp.econometrics.matching_rows import (
    Flags,
    Positions,
    covariate_values,
    groups_of,
    treated_flags,
)
from nqp.econometrics.panels import Floats, NotEstimable
from nqp.econometrics.propensity import propensity_score

# A distance this share below the bandwidth or the caliper equals it.
ROUNDING = 1e-12

# Settings a method does not read.
UNREAD = {"nearest": ("bandwidth",), "kernel": ("neighbours", "ties", "caliper")}


@dataclass(frozen=True)
class MatchingSpec:
    """How to match. The defaults are those of `psmatch2`.

    covariates: columns of the score model, which adds a constant.
    method: "nearest" (neighbours, ties, caliper) or "kernel" (bandwidth, kernel).
    neighbours: k >= 1. bandwidth, caliper: in units of the score.
    model: of the score. by_year: one model and one matching for each year, otherwise pooled.
    keep: what a regression on the matched sample uses: its rows unweighted ("rows"), or its rows
        with their weights ("weights"; `RegressionSpec.weights`).

    The other fields are explained at the top of the module. Raises ValueError when a field is
    out of range or contradicts the method.
    """

    covariates: tuple[str, ...]
    method: Literal["nearest", "kernel"] = "nearest"
    neighbours: int = 1
    bandwidth: float = 0.06
    kernel: Literal["epanechnikov"] = "epanechnikov"
    model: Literal["logit", "probit"] = "probit"
    by_year: bool = False
    common_support: bool = False
    ties: bool = False
    direction: Literal["treated", "both"] = "treated"
    caliper: float | None = None
    keep: Literal["rows", "weights"] = "rows"

    def __post_init__(self) -> None:
        if not self.covariates:
            raise ValueError("covariates is empty: name at least one column for the score")
        for name, choices in (
            ("method", ("nearest", "kernel")),
            ("kernel", ("epanechnikov",)),
            ("model", ("logit", "probit")),
            ("direction", ("treated", "both")),
            ("keep", ("rows", "weights")),
        ):
            if getattr(self, name) not in choices:
                expected = " or ".join(map(repr, choices))
                raise ValueError(f"{name} is {getattr(self, name)!r}: expected {expected}")
        if self.neighbours < 1:
            raise ValueError(f"neighbours is {self.neighbours}: expected 1 or more")
        if not self.bandwidth > 0:
            raise ValueError(f"bandwidth is {self.bandwidth}: expected a number above 0")
        if self.caliper is not None and not self.caliper > 0:
            raise ValueError(f"caliper is {self.caliper}: expected a number above 0, or None")
        if self.method == "kernel" and self.caliper is not None:
            raise ValueError(
                f"caliper is {self.caliper}: kernel matching has the bandwidth instead"
            )


@dataclass(frozen=True, eq=False)
class Matched:
    """The outcome of a matching; arrays have one element per row given, in the given order.

    propensity_score: probability of treatment, missing where a covariate is.
    on_support: has a score, is inside the common support if that was asked for, and found a match
        if it sought one (psmatch2's `_support`).
    weight: 0 where the row is not in the matched sample (psmatch2's `_weight`).
    pairs: one row per treated and untreated row brought together: treated and control, the index
        labels of the two; distance of their scores; weight, the share the sought row got; seeker,
        "treated" or "control".
    steps: how the sample shrank: step, lost, lost_treated, left, left_treated (numbers of rows).
    """

    spec: MatchingSpec
    propensity_score: Floats
    on_support: Flags
    weight: Floats
    pairs: pd.DataFrame
    steps: pd.DataFrame


def match(
    rows: pd.DataFrame,
    treated: str,
    spec: MatchingSpec,
    year: str = "year",
    score: Floats | None = None,
) -> Matched:
    """Match the rows and say which remain.

    rows: one row per unit and year, with distinct index labels. treated: the column with 1 for
    treated rows and 0 for the others. year: the column of years, read if `spec.by_year`.
    score: (rows,), known scores in place of fitted ones, missing where a row takes no part.

    Raises NotEstimable when no score can be estimated (in some year, if by year) or nothing
    matches, and ValueError when the frame lacks a column or holds values that do not belong.
    """
    if not rows.index.is_unique:
        raise ValueError("the index labels of the rows repeat, so pairs cannot name rows")
    flags, groups = treated_flags(rows, treated), groups_of(rows, spec.by_year, year)
    if score is None:
        score = scores_of(rows, flags, spec, groups)
    elif len(score) != len(rows):
        raise ValueError(f"{len(score)} scores for {len(rows)} rows: expected one for each")
    found = find_matches(score, flags, spec, groups)
    within = " within the caliper" if spec.caliper is not None else ""
    within = " within the bandwidth" if spec.method == "kernel" else within
    steps = _steps(
        flags,
        {
            "rows given": np.ones(len(rows), dtype=bool),
            "covariate missing": np.isfinite(score),
            "off the common support": found.inside,
            f"no match{within}": found.on_support,
            "not used as a match": found.weight > 0,
        },
    )
    if not found.weight.any():
        lost = [f"{n} {step}" for step, n in zip(steps["step"], steps["lost"], strict=True) if n]
        raise NotEstimable(f"no matches among {len(rows)} rows: {', '.join(lost)}")
    by_treated, labels = flags[found.seeker], rows.index
    pairs = pd.DataFrame(
        {
            "treated": labels[np.where(by_treated, found.seeker, found.sought)],
            "control": labels[np.where(by_treated, found.sought, found.seeker)],
            "distance": found.distance,
            "weight": found.share,
            "seeker": np.where(by_treated, "treated", "control"),
        }
    )
    return Matched(spec, score, found.on_support, found.weight, pairs, steps)


def scores_of(
    rows: pd.DataFrame, flags: Flags, spec: MatchingSpec, groups: Mapping[str, Positions]
) -> Floats:
    covariates = covariate_values(rows, spec.covariates)
    complete = covariates.notna().all(axis=1).to_numpy()
    score = np.full(len(rows), np.nan)
    for label, members in groups.items():
        members = members[complete[members]]
        try:
            score[members] = propensity_score(covariates.iloc[members], flags[members], spec.model)
        except NotEstimable as error:
            raise NotEstimable(f"{label}{error}") from error
    return score


@dataclass(frozen=True, eq=False)
class _Found:
    """Matches by position: seeker, sought, distance and share have one element per pair; inside
    (has a score and is not off the common support), on_support and weight one per row."""

    seeker: Positions
    sought: Positions
    distance: Floats
    share: Floats
    inside: Flags
    on_support: Flags
    weight: Floats


def find_matches(
    score: Floats, flags: Flags, spec: MatchingSpec, groups: Mapping[str, Positions]
) -> _Found:
    inside, both = np.isfinite(score), spec.direction == "both"
    parts = []
    for members in groups.values():
        members = members[inside[members]]
        sides = members[flags[members]], members[~flags[members]]
        ranges = [
            (score[side].min(initial=np.inf), score[side].max(initial=-np.inf)) for side in sides
        ]
        if spec.common_support:
            for i in range(1 + both):
                low, high = ranges[1 - i]
                inside[sides[i]] = (score[sides[i]] >= low) & (score[sides[i]] <= high)
        seekers, others = (side[inside[side]] for side in sides)
        parts.append(_seek(score, seekers, others, spec))
        if both:
            parts.append(_seek(score, others, seekers, spec))
    seeker, sought, distance, share = (np.concatenate(part) for part in zip(*parts, strict=True))
    matched = np.zeros(len(score), dtype=bool)
    matched[seeker] = True
    weight = np.bincount(sought, share, minlength=len(score)).astype(float)
    if not both:
        weight[matched] = 1
    on_support = inside & (matched | ~(flags | both))
    return _Found(seeker, sought, distance, share, inside, on_support, weight)


def _seek(
    score: Floats, seekers: Positions, sought: Positions, spec: MatchingSpec
) -> tuple[Positions, Positions, Floats, Floats]:
    """Seeker, sought, distance and share of each pair."""
    sought = sought[np.argsort(score[sought], kind="stable")]
    ordered, own = score[sought], score[seekers]
    if spec.method == "kernel":
        limit = spec.bandwidth
        first = ordered.searchsorted(own - limit)
        last = ordered.searchsorted(own + limit, side="right")
    else:
        limit = np.inf if spec.caliper is None else spec.caliper
        first, last = _nearest(ordered, own, spec.neighbours, spec.ties)
    size = last - first
    who = np.repeat(np.arange(len(own)), size)
    where = np.arange(len(who)) + np.repeat(first - (np.cumsum(size) - size), size)
    distance = np.abs(ordered[where] - own[who])
    near = distance < limit * (1 - ROUNDING)
    who, where, distance = who[near], where[near], distance[near]
    share = 1 - (distance / limit) ** 2 if spec.method == "kernel" else np.ones(len(who))
    share /= np.bincount(who, share, minlength=len(own))[who]
    return seekers[who], sought[where], distance, share


def _nearest(ordered: Floats, own: Floats, k: int, ties: bool) -> tuple[Positions, Positions]:
    """The window [first, last) of `ordered` that holds the k values nearest to each of `own`."""
    if not len(ordered):
        nothing = np.zeros(len(own), dtype=np.intp)
        return nothing, nothing
    # edge[i] precedes ordered[i] and edge[i + 1] is ordered[i]; nothing is beyond the ends.
    edge = np.concatenate([[-np.inf], ordered, [np.inf]])
    first = ordered.searchsorted(own)
    below = own - edge[first] <= edge[first + 1] - own
    first = np.where(below, ordered.searchsorted(edge[first]), first)
    last = first + 1
    for _ in range(min(k, len(ordered)) - 1):
        below = np.abs(own - edge[first]) <= np.abs(edge[last + 1] - own)
        first, last = first - below, last + ~below
    if ties:
        reach = np.maximum(np.abs(own - ordered[first]), np.abs(ordered[last - 1] - own))
        while True:
            below = np.abs(own - edge[first]) <= reach
            above = np.abs(edge[last + 1] - own) <= reach
            if not (below | above).any():
                break
            first, last = first - below, last + above
    return first, last


def _steps(flags: Flags, remaining: Mapping[str, Flags]) -> pd.DataFrame:
    left = np.array([mask.sum() for mask in remaining.values()])
    left_treated = np.array([(mask & flags).sum() for mask in remaining.values()])
    return pd.DataFrame(
        {
            "step": list(remaining),
            "lost": -np.diff(left, prepend=left[0]),
            "lost_treated": -np.diff(left_treated, prepend=left_treated[0]),
            "left": left,
            "left_treated": left_treated,
        }
    )
