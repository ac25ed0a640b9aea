"""What a variable that is made from another one, `lag(x, k)` or `before(x)`, rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nqp.messages import in_both
from nqp.presentation.tree import Node

Row = Mapping[str, Any]
# The rows of a query with its parameters.
Rows = Callable[..., list[dict[str, Any]]]

DERIVATION = "select * from intermediate.derived_variables where study = ? and id = ?"
MADE_OF = """
    select base_year, value from intermediate.derivations
    where study = ? and id = ? and region_code = ? and (kind = 'before' or base_year = ? - years)
    order by base_year
"""
REASON = """
    select reason from intermediate.derived_values
    where study = ? and id = ? and region_code = ? and year = ?
"""


def derivation(rows: Rows, study: str, name: str) -> Row | None:
    """How a variable is made from another one; None for one that is not."""
    return next(iter(rows(DERIVATION, study, name)), None)


def derived(
    rows: Rows,
    study: Row,
    year: int,
    made_of: Row,
    value: float | None,
    number: Callable[[int, str, float], Node],
) -> Node:
    """The tree of a derived variable: below it, the values of the other one that it is made of.

    study: with region_code and first_year. number: the tree of a value, of a year and variable.
    """
    name, base = made_of["id"], made_of["base"]
    title = f"{name}  {in_both(made_of['label_en'], made_of['label_zh'])}"
    is_lag = made_of["kind"] == "lag"
    written = f"lag({base}, {made_of['years']:.0f})" if is_lag else f"before({base})"
    if value is None:
        found = rows(REASON, study["study"], name, study["region_code"], year)
        reason = found[0]["reason"] if found else "it is made for the years of the study alone"
        return Node((title, f"no value: {reason}; it would be {written}"))
    parts = rows(MADE_OF, study["study"], name, study["region_code"], year)
    years = ", ".join(f"{part['base_year']:.0f}" for part in parts)
    how = f"{base} of {years}" if is_lag else f"mean of {base} before the policy, in {years}"
    below = []
    for part in parts:
        tree = number(int(part["base_year"]), base, part["value"])
        below.append(Node((f"{part['base_year']:.0f}", *tree.lines), tree.children))
    return Node((title, f"{value:,.6g} = {written}: {how}"), tuple(below))
