"""What may be declared of a printed table beside its cells."""

from __future__ import annotations

DECLARED = (
    "legend", "sides", "errors", "cluster", "n_clusters", "n_units", "n_periods", "n_treated",
    "n_controls", "n_instruments", "df", "draws", "split", "estimator",
)  # fmt: skip
