"""The propensity score: a logit or probit at its maximum, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from statsmodels.discrete.discrete_model import Logit, Probit

from nqp.econometrics.matching_rows import Flags
from nqp.econometrics.panels import COLLINEAR, Floats, NotEstimable

# Information per row below this, in an orthonormal basis: the scores are 0 or 1 to rounding.
SEPARATED = 1e-12

# The likelihood is at its maximum when Newton's method would move no coefficient by this share.
CONVERGED = 1e-8


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
