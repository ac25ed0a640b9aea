"""A paper that does not exist: real regressions on drawn data, printed as papers print them.

Everything in it is consistent by construction, so that an audit has nothing to say of it, and every
fault put into it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Line = dict[str, str]

CONTROLS = ("Size", "Age", "Debt")
NOTE = {
    "clustered": "Note: Standard errors clustered by firm in parentheses. * p<0.1, ** p<0.05, "
    "*** p<0.01.",
    "conventional": "Note: Conventional standard errors in parentheses. ***, ** and * indicate "
    "significance at the 1%, 5% and 10% levels.",
}


@dataclass(frozen=True)
class Printing:
    """How a paper prints: decimals of coefficients and of R², the kind of its errors."""

    decimals: int = 4
    r2_decimals: int = 4
    errors: str = "clustered"
    parenthesis: str = "se"


@dataclass
class Page:
    """The tidy rows of a paper, and of its descriptive statistics."""

    rows: list[Line]
    described: list[Line]

    def at(self, table: str, column: str, term: str = "") -> Line:
        """The row of a coefficient; without a term the one that holds the column's fit."""
        [row] = [
            r
            for r in self.rows
            if (r["table_number"], r["column_number"], r["term"]) == (table, column, term)
        ]
        return row

    def copy(self) -> Page:
        """A page of its own, to be spoilt."""
        return Page([dict(r) for r in self.rows], [dict(r) for r in self.described])


@dataclass(frozen=True)
class _Data:
    units: int
    periods: int
    y: Array
    treated: Array
    mediator: Array
    controls: Array
    big: Array


def paper(seed: int, printing: Printing | None = None) -> Page:
    """The tables of a paper drawn from a seed."""
    how = printing or Printing()
    rng = np.random.default_rng(seed)
    data = _draw(rng)
    rows: list[Line] = []

    def column(
        table: str, number: str, outcome: str, y: Array, terms: Sequence[tuple[str, Array]],
        effects: bool, hidden: bool, keep: Array | None = None, title: str = "",
    ) -> None:  # fmt: skip
        mask = np.ones(len(y), bool) if keep is None else keep
        shown = [name for name, _ in terms]
        x = [values[mask] for _, values in terms]
        if hidden:
            x += [data.controls[mask, i] for i in range(len(CONTROLS))]
        rows.extend(
            _column(table, number, outcome, y[mask], np.column_stack(x), shown, effects, hidden,
                    data, mask, title, how)
        )  # fmt: skip

    own = [(name, data.controls[:, i]) for i, name in enumerate(CONTROLS)]
    treat = [("Policy", data.treated)]
    for number, terms, effects in (
        ("1", treat, False), ("2", treat, True), ("3", treat + own, False), ("4", treat + own, True)
    ):  # fmt: skip
        column("3", number, "Output", data.y, terms, effects, False, title="Table 3. Baseline")
    title = "Table 4. Channels"
    column("4", "1", "Skill", data.mediator, treat, True, True, title=title)
    both = [*treat, ("Skill", data.mediator)]
    column("4", "2", "Output", data.y, both, True, True, title=title)
    title = "Table 5. Heterogeneity by size"
    column("5", "1", "Output", data.y, treat, True, True, data.big == 1, title)
    column("5", "2", "Output", data.y, treat, True, True, data.big == 0, title)
    named = [("Output", data.y), ("Policy", data.treated), ("Skill", data.mediator), *own]
    described = [_described(name, values, how) for name, values in named]
    return Page(rows, described)


def printed_variants(seed: int) -> Printing:
    """A way of printing that depends on the seed."""
    return replace(
        Printing(),
        decimals=3 + seed % 3,
        r2_decimals=3 + seed // 3 % 3,
        errors=("clustered", "conventional")[seed // 9 % 2],
    )


def _draw(rng: np.random.Generator) -> _Data:
    units, periods = int(rng.integers(60, 110)), int(rng.integers(6, 11))
    n = units * periods
    unit = np.repeat(np.arange(units), periods)
    period = np.tile(np.arange(periods), units)
    ever = rng.permutation(units) < int(units * rng.uniform(0.35, 0.5))
    treated = (ever[unit] & (period >= periods // 2)).astype(float)
    controls = rng.normal(size=(n, 3)) + rng.normal(size=(units, 3))[unit] + [3.0, 2.0, 5.0]
    effects = rng.normal(size=units)[unit] + 0.3 * rng.normal(size=periods)[period]
    big = (rng.permutation(units) < units // 2).astype(float)[unit]
    noise = rng.normal(size=(2, n))
    mediator = 2.0 * treated + 0.2 * controls[:, 0] + effects + noise[0]
    y = 1.5 * treated + 0.8 * mediator + controls @ [0.3, 0.0, -0.05] - effects + noise[1]
    return _Data(units, periods, y, treated, mediator, controls, big)


def _column(
    table: str, number: str, outcome: str, y: Array, x: Array, shown: list[str], effects: bool,
    hidden: bool, data: _Data, mask: Array, title: str, how: Printing,
) -> list[Line]:  # fmt: skip
    n, periods = len(y), data.periods
    units = n // periods
    cube = np.column_stack([y, x])
    if effects:
        wide = cube.reshape(units, periods, -1)
        within = wide - wide.mean(1, keepdims=True) - wide.mean(0) + wide.mean((0, 1))
        within = within.reshape(n, -1)
    else:
        within = cube - cube.mean(0)
    design, target = within[:, 1:], within[:, 0]
    inverse = np.linalg.inv(design.T @ design)
    b = inverse @ design.T @ target
    residual = target - design @ b
    k = 1 + len(b) + ((units - 1 + periods - 1) if effects else 0)
    total = ((y - y.mean()) ** 2).sum()
    r2 = 1 - residual @ residual / total
    # The constant's own influence, so that it has an error as well.
    means = x.mean(0)
    constant = y.mean() - means @ b
    if how.errors == "conventional":
        s2 = residual @ residual / (n - k)
        v, df = s2 * inverse, float(n - k)
        v_constant = s2 / n + means @ v @ means
    else:
        scores = (design * residual[:, None]).reshape(units, periods, -1).sum(1)
        nested = k - (units - 1 if effects else 0)
        factor = (n - 1) / (n - nested) * units / (units - 1)
        v, df = factor * inverse @ scores.T @ scores @ inverse, float(units - 1)
        sums = residual.reshape(units, periods).sum(1) / n - scores @ inverse @ means
        v_constant = factor * float(sums @ sums)
    errors = np.sqrt(np.append(np.diag(v), v_constant))
    base = {
        "paper": "made up", "table_number": table, "column_number": number, "panel": "",
        "outcome": outcome,
    }  # fmt: skip
    effect = "Yes" if effects else "No"
    fit = {
        "term": "", "estimate_printed": "", "parenthesis_printed": "", "parenthesis": "",
        "stars": "", "n_obs": f"{n:,}", "r2": f"{r2:.{how.r2_decimals}f}",
        "r2_adj": f"{1 - (1 - r2) * (n - 1) / (n - k):.{how.r2_decimals}f}",
        "unit_effects": effect, "time_effects": effect,
        "controls": "Yes" if hidden else "" if table == "3" else "No",
        "table_title": title, "note": NOTE[how.errors], "cluster": "unit",
    }  # fmt: skip
    found = [base | fit]
    blank = dict.fromkeys(fit, "")
    for name, value, error in zip(
        [*shown, "Constant"], [*b[: len(shown)], constant], [*errors[: len(shown)], errors[-1]],
        strict=True,
    ):  # fmt: skip
        t = value / error
        p = 2 * float(stats.t.sf(abs(t), df))
        inside = {"se": error, "t": t, "p": p}[how.parenthesis]
        found.append(
            base
            | blank
            | {
                "term": name,
                "estimate_printed": f"{value:.{how.decimals}f}",
                "parenthesis_printed": f"{inside:.{how.decimals}f}",
                "parenthesis": how.parenthesis,
                "stars": "*" * sum(p < level for level in (0.1, 0.05, 0.01)),
            }
        )
    return found


def _described(name: str, values: Array, how: Printing) -> Line:
    moments = {
        "mean": values.mean(), "std_dev": values.std(ddof=1), "minimum": values.min(),
        "maximum": values.max(),
    }  # fmt: skip
    return {
        "paper": "made up", "table_number": "2", "variable": name, "n_obs": f"{len(values):,}",
        **{f"{what}_printed": f"{value:.{how.decimals}f}" for what, value in moments.items()},
        "kind": "dummy" if name == "Policy" else "",
    }  # fmt: skip
