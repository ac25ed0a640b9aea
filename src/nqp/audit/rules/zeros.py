"""Coefficients printed as nothing but zeros, and the rescaling that would show them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.nesting import recovered
from nqp.audit.printed import Coefficient, Column
from nqp.audit.rules.mediation import treatments
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables


@rule("zeros.coefficient", "Coefficients show a digit.", "系数至少显示一位有效数字。")
def zero(tables: Tables) -> Iterator[Finding]:
    """0.0000 (0.0000): what can still be said of it, and in what unit it would show."""
    exact = recovered(tables)
    for column in tables.columns:
        for c in column.coefficients:
            # A zero beside an error with digits is a small coefficient, not a hidden one.
            blind = c.estimate is not None and c.estimate.is_zero and (
                c.parenthesis is None or c.kind != "se" or c.parenthesis.is_zero
            )  # fmt: skip
            if not blind or c.estimate is None or (c.kind == "t" and not c.stars):
                continue
            t = exact.get((column.key, c.term))
            b = _from_identity(tables, column, c)
            power = _power(tables, c, b)
            known, known_zh = "", ""
            numbers = {"coefficient": b or c.estimate.interval}
            if b is not None:
                known += f" The identity c = c' + ab gives it as {show(b)}."
                known_zh += f"由c = c' + ab可得其值为{show_zh(b)}。"
            if t is not None:
                known += f" R² of the columns with and without it gives |t| of {show(t)}."
                known_zh += f"由含与不含该变量两列的R²可得|t|为{show_zh(t)}。"
                numbers["t"] = t
            yield Finding(
                "zeros.coefficient", Severity.UNCLEAR,
                (column.cell("estimate", c.term), column.cell("parenthesis", c.term)),
                f"{column.name}: {c.term} is printed as {c.estimate_text}{c.stars or ''} "
                f"({c.parenthesis_text}), which shows no digit; in units of {10**power:,} it would."
                f"{known}",
                f"{column.name_zh}：{c.term}印为{c.estimate_text}{c.stars or ''}"
                f"（{c.parenthesis_text}），未显示任何有效数字；若以{10**power:,}为单位则可显示。{known_zh}",
                numbers,
            )  # fmt: skip


def _power(tables: Tables, c: Coefficient, b: Interval | None) -> int:
    """The power of ten by which the variable should be divided."""
    assert c.estimate is not None
    if b is not None and b.size.low > 0:
        return max(1, -math.floor(math.log10(b.size.high)) - c.estimate.decimals + 2)
    described = tables.paper.described(c.term)
    if described is not None and described.std_dev is not None and described.std_dev.value > 10:
        return math.floor(math.log10(described.std_dev.value))
    return 3


def _from_identity(tables: Tables, column: Column, c: Coefficient) -> Interval | None:
    """b = (c − c')/a where the coefficient is that of a mediator."""
    for channel in treatments(tables):
        if channel.to_outcome is not column or channel.mediator.term != c.term:
            continue
        a, direct = channel.a.estimate, channel.direct.estimate
        if a is None or direct is None or channel.total is None:
            return None
        if 0 in a.interval:
            return None
        return (channel.total - direct.interval) / a.interval
    return None
