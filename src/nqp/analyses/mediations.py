"""Mediation: how much of an effect runs through a third variable, on the rows that have both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from scipy import stats

from nqp.analyses.inference import CLUSTERS
from nqp.analyses.regressions import Prepared, prepare
from nqp.analyses.samples import Samples
from nqp.analyses.specifications import Row, by_id, estimated, policies_of
from nqp.econometrics.mediation_inference import MediationInference, mediation_inference
from nqp.econometrics.panels import NotEstimable
from nqp.econometrics.regression import fit

# The rows of a mediation: one of the whole, one of each step and term, one of each correlation.
COLUMNS = (
    "total_effect", "direct_effect", "a", "a_std_error", "b", "b_std_error",
    "indirect_effect", "share_mediated", "share_reason", "sobel_std_error", "sobel_z", "sobel_p",
    "n_clusters", "assignment_total_p", "assignment_direct_p", "assignment_a_p",
    "assignment_b_p", "joint_p",
    "boot_low", "boot_high", "boot_p", "draws", "assignment_reason", "rho_at_zero",
    "identity_gap", "n_obs", "cautions", "step", "spec_id", "outcome", "term", "estimate",
    "std_error", "p_value", "assignment_p", "rho",
)  # fmt: skip
TESTED = ("estimate", "std_error", "p_value")
COUNTS = ("step", "n_clusters", "draws", "n_obs")
# The effect on the mediator comes first: without one nothing runs through it. Then the steps as
# papers print them, each with the terms that it shows and the test of these by assignment.
STEPS = (
    ("mediator", "policy", "assignment_a_p"),
    ("total", "policy", "assignment_total_p"),
    ("outcome", "policy", "assignment_direct_p"),
    ("outcome", "mediator", "assignment_b_p"),
)


def mediation(
    samples: Samples,
    specs: pd.DataFrame,
    regression_specs: pd.DataFrame,
    studies: pd.DataFrame,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """The three steps of each row of ``mediation_specs``, fitted on one sample and put together.

    A row of the whole; rows with a ``step``, a term of one of the regressions each, with the
    p-value of its own standard error and that of the wild cluster bootstrap at the level of
    assignment; rows with a ``rho``, the indirect effect if the errors of both equations were so
    correlated. The share is given where that bootstrap tells the total effect from zero.
    """
    base = by_id(regression_specs, "spec_id")
    policies = policies_of(studies)

    def mediate(row: Row) -> pd.DataFrame:
        treatment, own = policies[row["study"]], row["mediation_id"]
        prepared = {
            step: prepare(samples, base[row[f"{step}_spec"]], own)
            for step in ("total", "mediator", "outcome")
        }
        fits = {step: fit(one.rows, one.spec) for step, one in prepared.items()}
        terms = {step: made.coefficients.set_index("term") for step, made in fits.items()}
        found: dict[str, Any] = put_together(
            total=_effect(terms["total"], treatment)[0],
            direct=_effect(terms["outcome"], treatment)[0],
            a=_effect(terms["mediator"], treatment),
            b=_effect(terms["outcome"], row["mediator"]),
        )
        # All variables of the steps stand in the rows of the last.
        tested = _by_assignment(prepared["outcome"], treatment, row["mediator"], draws, seed)
        if isinstance(tested, NotEstimable):
            why = f"not tested at the level of assignment: {tested}"
            found |= {"assignment_reason": str(tested), "share_reason": why}
        else:
            found |= _inference(tested)
        if found["share_reason"]:
            found["share_mediated"] = None
        whole = pd.DataFrame([found | {"n_obs": fits["outcome"].n_obs}])
        steps = pd.DataFrame(_steps(row, treatment, base, terms, found))
        return pd.concat([whole, steps, *_sensitivity(tested)], ignore_index=True)

    table = estimated(specs, "mediation_id", mediate, COLUMNS)
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def _by_assignment(
    prepared: Prepared, treatment: str, mediator: str, draws: int, seed: int
) -> MediationInference | NotEstimable:
    spec = replace(prepared.spec, treatment=(treatment,))
    cluster = CLUSTERS["assignment"]
    try:
        return mediation_inference(prepared.rows, spec, mediator, cluster, draws=draws, seed=seed)
    except NotEstimable as error:
        return error


def _inference(tested: MediationInference) -> dict[str, Any]:
    return {
        "share_reason": tested.share_reason, "n_clusters": tested.n_clusters,
        "assignment_total_p": tested.total_p, "assignment_direct_p": tested.direct_p,
        "assignment_a_p": tested.a_p, "assignment_b_p": tested.b_p, "joint_p": tested.joint_p,
        "boot_low": tested.boot_low, "boot_high": tested.boot_high, "boot_p": tested.boot_p,
        "draws": tested.draws, "rho_at_zero": tested.rho_at_zero,
    }  # fmt: skip


def _steps(
    row: Row,
    treatment: str,
    base: Mapping[str, Row],
    terms: Mapping[str, pd.DataFrame],
    found: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    """The terms of the steps, in the order in which they are read."""
    for place, (step, which, tested) in enumerate(STEPS, start=1):
        term = treatment if which == "policy" else row["mediator"]
        spec = base[row[f"{step}_spec"]]
        figures = terms[step]
        yield {
            "step": place, "spec_id": spec["spec_id"], "outcome": spec["outcome"], "term": term,
            **{name: float(figures[name][term]) for name in TESTED},
            "assignment_p": found.get(tested),
        }  # fmt: skip


def _sensitivity(tested: MediationInference | NotEstimable) -> list[pd.DataFrame]:
    if isinstance(tested, NotEstimable):
        return []
    return [tested.sensitivity.rename(columns={"indirect": "indirect_effect"})]


def put_together(
    total: float, direct: float, a: tuple[float, float], b: tuple[float, float]
) -> dict[str, float]:
    """Effect of the mediator and Sobel's test, from the three steps.

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
