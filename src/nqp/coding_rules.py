"""From which year a policy counts as in force, by the day of its approval.

The checks of the definitions call this before a file is read, and the models call it through the
macro `first_treated_year`: both date a policy alike because there is one rule.
"""

from __future__ import annotations

from datetime import date

# Rule → the first month of the approval with which a policy counts from the year after; 13: none.
COUNTS_FROM_NEXT_YEAR = {"approval_year": 13, "following_year": 1, "half_year": 7}


def first_treated_year(approved: date, coding_rule: str) -> int:
    """The first year counted as treated."""
    return approved.year + (approved.month >= COUNTS_FROM_NEXT_YEAR[coding_rule])
