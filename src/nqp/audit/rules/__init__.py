"""The rules that printed tables are put to, one file a family. None knows any paper."""

from __future__ import annotations

from nqp.audit.rules import (
    captions,
    collinear,
    descriptives,
    errors,
    fit,
    groups,
    instruments,
    mediation,
    permutation,
    samples,
    stars,
    zeros,
)
from nqp.audit.rules.registry import RULES, Rule

__all__ = [
    "RULES", "Rule", "captions", "collinear", "descriptives", "errors", "fit", "groups",
    "instruments", "mediation", "permutation", "samples", "stars", "zeros",
]  # fmt: skip
