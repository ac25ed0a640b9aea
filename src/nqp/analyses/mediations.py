"""Mediation: how much of an effect runs through a third variable, on the rows that have both."""

from __future__ import annotations

import math

import pandas as pd
from scipy import stats

from nqp.analyses.regressions import prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, by_id, estimated, policies_of
from nqp.econometrics.regression import fit

COLUMNS = (
    "total_effect", "direct_effect", "a", "a_std_error", "b", "b_std_error",
    "indirect_effect", "share_mediated", "sobel_std_error", "sobel_z", "sobel_p", "identity_gap",
    "n_obs", "cautions",
)  # fmt: skip


def mediation(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    studies: pd.DataFrame,
) -> pd.DataFrame:
    """The three steps of each row of ``mediation_specs``, fitted on one sample and put together."""
    base = by_id(regression_specs, "spec_id")
    policies = policies_of(studies)

    def mediate(row: Row) -> pd.DataFrame:
        treatment, own = policies[row["study"]], row["mediation_id"]
        fits = {
            step: fit(prepared.rows, prepared.spec)
            for step in ("total", "mediator", "outcome")
            for prepared in [prepare(samples, base[row[f"{step}_spec"]], own)]
        }
        terms = {step: made.coefficients.set_index("term") for step, made in fits.items()}
        found = put_together(
            total=_effect(terms["total"], treatment)[0],
            direct=_effect(terms["outcome"], treatment)[0],
            a=_effect(terms["mediator"], treatment),
            b=_effect(terms["outcome"], row["mediator"]),
        )
        return pd.DataFrame([found | {"n_obs": fits["outcome"].n_obs}])

    return estimated(specs, "mediation_id", mediate, COLUMNS)


def put_together(
    total: float, direct: float, a: tuple[float, float], b: tuple[float, float]
) -> dict[str, float]:
    """Effect and test of the mediator from the three steps: `COLUMNS` but for n_obs.

    total: c, of treatment on outcome. direct: c', the same given the mediator. a: treatment on
    mediator; b: mediator on outcome given treatment, each with its standard error. Indirect effect
    ab, its share of c, and Sobel's z = ab / √(a²s_b² + b²s_a²) (Sobel 1982, eq. 8, first order).
    Least squares on one sample satisfies c = c' + ab; ``identity_gap`` is c − c' − ab.
    """
    (a_effect, a_std_error), (b_effect, b_std_error) = a, b
    indirect = a_effect * b_effect
    std_error = math.hypot(a_effect * b_std_error, b_effect * a_std_error)
    z = indirect / std_error
    return {
        "total_effect": total, "direct_effect": direct,
        "a": a_effect, "a_std_error": a_std_error, "b": b_effect, "b_std_error": b_std_error,
        "indirect_effect": indirect, "share_mediated": indirect / total,
        "sobel_std_error": std_error, "sobel_z": z, "sobel_p": 2 * stats.norm.sf(abs(z)),
        "identity_gap": total - direct - indirect,
    }  # fmt: skip


def _effect(terms: pd.DataFrame, term: str) -> tuple[float, float]:
    """Coefficient and standard error of a term."""
    return float(terms["estimate"][term]), float(terms["std_error"][term])
