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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats
from statsmodels.discrete.discrete_model import Logit, Probit

from nqp.econometrics.panels import COLLINEAR, Floats, NotEstimable, numbers, singletons

Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]

# Information per row below this, in an orthonormal basis: the scores are 0 or 1 to rounding.
SEPARATED = 1e-12

# The likelihood is at its maximum when Newton's method would move no coefficient by this share.
CONVERGED = 1e-8

# A distance this share below the bandwidth or the caliper equals it.
ROUNDING = 1e-12

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

# Settings a method does not read.
_UNREAD = {"nearest": ("bandwidth",), "kernel": ("neighbours", "ties", "caliper")}

_BALANCE = (
    "mean_treated", "mean_control", "std_diff", "variance_ratio", "t_statistic", "p_value",
)  # fmt: skip
# Columns of what `balance` returns.
BALANCE_COLUMNS = (
    "covariate", *(f"{statistic}_{side}" for side in ("before", "after") for statistic in _BALANCE),
)  # fmt: skip
_COUNTS = (
    "rows", "treated_rows", "control_rows", "units", "rows_without_singletons", "on_support",
)  # fmt: skip


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


# What `scan` varies, and the columns of what it returns.
_SETTINGS = tuple(
    field.name
    for field in fields(MatchingSpec)
    if field.name not in ("covariates", "kernel", "keep")
)
SCAN_COLUMNS = (*_SETTINGS, *_COUNTS, "weight_total", "reason")


@dataclass(frozen=True, eq=False)
class Matched:
    """The outcome of a matching; arrays have one element per row given, in the given order.

    score: probability of treatment, missing where a covariate is.
    on_support: has a score, is inside the common support if that was asked for, and found a match
        if it sought one (psmatch2's `_support`).
    weight: 0 where the row is not in the matched sample (psmatch2's `_weight`).
    pairs: one row per treated and untreated row brought together: treated and control, the index
        labels of the two; distance of their scores; weight, the share the sought row got; seeker,
        "treated" or "control".
    steps: how the sample shrank: step, lost, lost_treated, left, left_treated (numbers of rows).
    """

    spec: MatchingSpec
    score: Floats
    on_support: Flags
    weight: Floats
    pairs: pd.DataFrame
    steps: pd.DataFrame

    @property
    def kept(self) -> Flags:
        """The matched sample."""
        return np.asarray(self.weight > 0)

    @property
    def n_kept(self) -> int:
        return int(self.kept.sum())

    @property
    def regression_weight(self) -> Floats:
        """By `spec.keep`: 1 in the matched sample, or the weights; 0 outside it."""
        return self.weight if self.spec.keep == "weights" else self.kept.astype(float)


def propensity_score(
    covariates: pd.DataFrame, treated: NDArray[Any], model: Literal["logit", "probit"]
) -> Floats:
    """Probability of treatment, (rows,), by maximum likelihood with a constant.

    covariates: (rows, k), complete. treated: (rows,), 1 or true where treated.
    statsmodels fits it on an orthonormal basis of the covariates. Rows with the same covariates
    have the same score, to the last bit.

    Raises NotEstimable when one group is empty, when a covariate is constant or collinear, when
    the covariates separate the groups, so that no finite estimate exists (Albert and Anderson
    1984), and when the fit does not converge. Raises ValueError when a covariate is missing or
    infinite.
    """
    x = covariates.to_numpy(dtype=float)
    if not np.isfinite(x).all():
        raise ValueError("a covariate is missing or infinite: give complete rows only")
    names = [str(name) for name in covariates.columns]
    flags = np.asarray(treated, dtype=bool)
    n, n_treated = len(x), int(flags.sum())
    if n_treated in (0, n):
        raise NotEstimable(f"no score: {n_treated} of {n} complete rows are treated")
    basis, to_covariates, columns = _orthonormal(x, names)
    likelihood = (Logit if model == "logit" else Probit)(flags.astype(float), basis)
    b = _maximum(likelihood)
    if b is None:
        raise NotEstimable(
            f"no score: {_separating(x, flags, names)} the {n_treated} treated from the "
            f"{n - n_treated} untreated rows, so the {model} has no finite estimates"
        )
    # Summed column by column: a matrix product may round equal rows differently.
    constant, *slopes = to_covariates @ b
    total = np.full(n, constant)
    for column, coefficient in zip(columns.T, slopes, strict=True):
        total = total + coefficient * column
    return np.asarray(special.expit(total) if model == "logit" else special.ndtr(total))


def _separating(x: Floats, flags: Flags, names: Sequence[str]) -> str:
    """Which covariates separate the groups, and what to change; alone where one does so."""
    alone = []
    for name, column in zip(names, x.T, strict=True):
        ours, others = column[flags], column[~flags]
        if ours.min() >= others.max():
            alone.append(f"{name} (treated from {ours.min():g} on, others up to {others.max():g})")
        elif ours.max() <= others.min():
            alone.append(f"{name} (treated up to {ours.max():g}, others from {others.min():g} on)")
    if alone:
        one = len(alone) == 1
        return (
            f"leave {'it' if one else 'them'} out of the covariates: {', '.join(alone)} "
            f"{'alone separates' if one else 'each separate'}"
        )
    return f"take a covariate out: together {', '.join(names)} separate"


def _maximum(likelihood: Any) -> Floats | None:
    """Where the likelihood is highest, (k,); None where it has no maximum.

    The exogenous columns must be orthonormal, with mean square 1.

    Raises NotEstimable when the maximum is not found.
    """
    n, k = likelihood.exog.shape
    quiet = {"disp": False, "callback": lambda _: None, "warn_convergence": False}
    try:
        with np.errstate(all="ignore"):
            # Full Newton steps from zero may overshoot for good where there are outliers, so a
            # trust region leads near the maximum, and Newton's method from there to its last digit.
            near = likelihood.fit(
                np.zeros(k), "minimize", 200, min_method="dogleg", gtol=1e-8, skip_hessian=True,
                **quiet,
            ).params  # fmt: skip
            b: Floats = likelihood.fit(near, "newton", ridge_factor=0, **quiet).params
            information = -likelihood.hessian(b)
            step = np.linalg.solve(information, likelihood.score(b))
            regular = np.linalg.eigvalsh(information)[0] >= SEPARATED * n
    except np.linalg.LinAlgError:
        return None
    if not regular:
        return None
    if not np.max(np.abs(step)) < CONVERGED * (1 + np.max(np.abs(b))):
        raise NotEstimable(
            f"no score: the {type(likelihood).__name__.lower()} does not converge; look for "
            "outliers in the covariates"
        )
    return b


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
    flags, groups = _flags(rows, treated), _groups(rows, spec.by_year, year)
    if score is None:
        score = _scores(rows, flags, spec, groups)
    elif len(score) != len(rows):
        raise ValueError(f"{len(score)} scores for {len(rows)} rows: expected one for each")
    found = _find_matches(score, flags, spec, groups)
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


def balance(
    rows: pd.DataFrame,
    treated: str,
    covariates: Sequence[str],
    score: Floats,
    on_support: Flags,
    weight: Floats,
    weighted: bool = True,
) -> pd.DataFrame:
    """Compare treated and untreated rows before and after matching, as psmatch2's `pstest`.

    rows, treated: as given to `match`. covariates: any numeric columns. score, on_support, weight:
    (rows,) as `Matched` has them. Before: all rows with a score. After: treated rows on the support
    against untreated rows with their weights; or, not `weighted`, the matched sample as a
    regression on its rows sees it.

    One row per covariate; `_before` and `_after` of:
    mean_treated, mean_control;
    std_diff: difference of means in percent of the square root of the mean of the two variances,
        those before matching in both cases (Rosenbaum and Rubin 1985);
    variance_ratio: treated over control, by sums of squares over (sum of weights - 1);
    t_statistic, p_value: of the difference, one variance for both groups, weights as frequencies.

    Raises ValueError when a column is absent or not numeric or the rows are not those matched.
    """
    if len(rows) != len(weight):
        raise ValueError(f"{len(rows)} rows, but {len(weight)} were matched: give the same")
    flags, values = _flags(rows, treated), _numbers(rows, covariates)
    before = np.isfinite(score).astype(float)
    after = np.where(flags, on_support, weight) if weighted else (weight > 0).astype(float)
    lines = []
    for name, x in values.items():
        raw, now = (_compare(x.to_numpy(), weight, flags) for weight in (before, after))
        with np.errstate(divide="ignore"):
            scale = 100 / np.sqrt((raw["variance_treated"] + raw["variance_control"]) / 2)
        for side in (raw, now):
            side["std_diff"] = scale * (side["mean_treated"] - side["mean_control"])
        lines.append(
            {"covariate": name}
            | {f"{statistic}_before": raw[statistic] for statistic in _BALANCE}
            | {f"{statistic}_after": now[statistic] for statistic in _BALANCE}
        )
    return pd.DataFrame(lines, columns=list(BALANCE_COLUMNS))


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

    One row per setting: the fields; rows, treated_rows, control_rows, units (distinct `unit`) of
    the matched sample; rows_without_singletons, the N of reghdfe with unit and year effects;
    on_support, the N of those who keep psmatch2's `_support` instead;
    weight_total, the N of a regression with frequency weights; reason, where nothing can be
    matched and the numbers are missing.

    Raises ValueError when the grid names something that is no setting, and as `match` does.
    """
    if unknown := [name for name in grid if name not in _SETTINGS]:
        raise ValueError(f"grid has {', '.join(unknown)}: expected any of {', '.join(_SETTINGS)}")
    specs = dict.fromkeys(
        _canonical(covariates, dict(zip(grid, values, strict=True)))
        for values in product(*grid.values())
    )
    flags, units = _flags(rows, treated), _column(rows, unit)
    groups = {by_year: _groups(rows, by_year, year) for by_year in {s.by_year for s in specs}}
    scores: dict[tuple[str, bool], Floats | NotEstimable] = {}
    lines = []
    for spec in specs:
        key = (spec.model, spec.by_year)
        if key not in scores:
            try:
                scores[key] = _scores(rows, flags, spec, groups[spec.by_year])
            except NotEstimable as error:
                scores[key] = error
        line: dict[str, Any] = {name: getattr(spec, name) for name in _SETTINGS}
        line |= dict.fromkeys(_UNREAD[spec.method])
        score = scores[key]
        if isinstance(score, NotEstimable):
            lines.append(line | {"reason": str(score)})
            continue
        found = _find_matches(score, flags, spec, groups[spec.by_year])
        kept = found.weight > 0
        lines.append(
            line
            | {
                "rows": kept.sum(),
                "treated_rows": (kept & flags).sum(),
                "control_rows": (kept & ~flags).sum(),
                "units": units[kept].nunique(),
                "rows_without_singletons": (~singletons(rows[kept], [(unit,), (year,)])).sum(),
                "on_support": found.on_support.sum(),
                "weight_total": found.weight.sum(),
                "reason": None if kept.any() else "no matches",
            }
        )
    return pd.DataFrame(lines, columns=list(SCAN_COLUMNS)).astype(
        dict.fromkeys([*_COUNTS, "neighbours"], "Int64")
        | dict.fromkeys(["bandwidth", "caliper", "weight_total"], "float64")
        | dict.fromkeys(["ties", "by_year", "common_support"], "boolean")
    )


def _canonical(covariates: tuple[str, ...], values: Mapping[str, Any]) -> MatchingSpec:
    """The specification with the settings its method does not read at their defaults."""
    unread = _UNREAD[values.get("method", "nearest")]
    return MatchingSpec(covariates, **{k: v for k, v in values.items() if k not in unread})


def _orthonormal(x: Floats, names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """(rows, k + 1) basis of the constant and the columns, each of mean square 1; the (k + 1,
    k + 1) map from its coefficients to those of the constant and of the standardised columns;
    these columns, (rows, k)."""
    n, k = x.shape
    if n <= k + 1:
        raise NotEstimable(f"no score: {n} complete rows for {k} covariates and a constant")
    centred = x - x.mean(axis=0)
    spread, size = np.sqrt(np.mean(centred**2, axis=0)), np.sqrt(np.mean(x**2, axis=0))
    for name, flat in zip(names, spread <= COLLINEAR * size, strict=True):
        if flat:
            raise NotEstimable(f"no score: {name} has the same value in all {n} complete rows")
    columns = centred / spread
    q, r = np.linalg.qr(np.column_stack([np.ones(n), columns]))
    for j, unexplained in enumerate(np.abs(np.diag(r))[1:] / np.sqrt(n)):
        if unexplained <= COLLINEAR:
            raise NotEstimable(f"no score: {names[j]} is a combination of {', '.join(names[:j])}")
    return q * np.sqrt(n), np.linalg.inv(r) * np.sqrt(n), columns


def _scores(
    rows: pd.DataFrame, flags: Flags, spec: MatchingSpec, groups: Mapping[str, Positions]
) -> Floats:
    covariates = _numbers(rows, spec.covariates)
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


def _find_matches(
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


def _compare(x: Floats, weight: Floats, flags: Flags) -> dict[str, float]:
    """Weighted moments of the two groups and the t test of equal means."""
    with np.errstate(invalid="ignore", divide="ignore"):  # missing or infinite, not an error
        moments = []
        for group in (flags, ~flags):
            use = group & (weight > 0) & np.isfinite(x)
            w, values = weight[use], x[use]
            mean = (w @ values) / w.sum()
            moments.append((w.sum(), mean, (w @ (values - mean) ** 2) / (w.sum() - 1)))
        (n1, mean1, variance1), (n0, mean0, variance0) = moments
        pooled = ((n1 - 1) * variance1 + (n0 - 1) * variance0) / (n1 + n0 - 2)
        t_statistic = (mean1 - mean0) / np.sqrt(pooled * (1 / n1 + 1 / n0))
        return {
            "mean_treated": mean1,
            "mean_control": mean0,
            "variance_treated": variance1,
            "variance_control": variance0,
            "variance_ratio": variance1 / variance0,
            "t_statistic": t_statistic,
            "p_value": 2 * stats.t.sf(abs(t_statistic), n1 + n0 - 2),
        }


def _column(rows: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in rows.columns:
        raise ValueError(
            f"the rows have no column {name}; their columns are {', '.join(map(str, rows.columns))}"
        )
    return rows[name]


def _numbers(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns as floats; infinite values count as missing."""
    return pd.DataFrame({name: numbers(_column(rows, name)) for name in names})


def _flags(rows: pd.DataFrame, treated: str) -> Flags:
    values = _numbers(rows, [treated])[treated].to_numpy()
    wrong = ~np.isin(values, (0, 1))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(
            f"row {rows.index[at]}: {treated} is {rows[treated].iloc[at]}: expected 1 for a "
            "treated row and 0 for any other"
        )
    return np.asarray(values == 1)


def _groups(rows: pd.DataFrame, by_year: bool, year: str) -> dict[str, Positions]:
    """Positions of the rows to be matched among themselves, by the words that introduce them."""
    if rows.empty:
        raise NotEstimable("no rows to match: the sample is empty")
    if not by_year:
        return {"": np.arange(len(rows))}
    years = _column(rows, year)
    if years.isna().any():
        at = int(np.argmax(years.isna()))
        raise ValueError(f"row {rows.index[at]}: {year} is missing, and the matching is by year")
    codes, labels = pd.factorize(years, sort=True)
    return {f"{year} {label}: ": np.flatnonzero(codes == i) for i, label in enumerate(labels)}
