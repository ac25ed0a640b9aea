"""What a printed regression table says about itself.

A table carries more than it shows: its stars follow from coefficients and errors, its adjusted R²
from R², rows and parameters, its direct and indirect effects add up. `audit` puts every rule to a
paper's tables, on the intervals that the printed digits leave, and says what cannot be.

The room reads text and knows neither the warehouse nor an estimator.
"""

from __future__ import annotations

from nqp.audit import pages
from nqp.audit.findings import Cell, Finding, Implied, Severity
from nqp.audit.intervals import Interval
from nqp.audit.printed import Coefficient, Column, Descriptive, Paper, PrintedError
from nqp.audit.report import Report, audit
from nqp.audit.sources import read

__all__ = [
    "Cell", "Coefficient", "Column", "Descriptive", "Finding", "Implied", "Interval", "Paper",
    "PrintedError", "Report", "Severity", "audit", "pages", "read",
]  # fmt: skip
