"""Mediation: total, direct and indirect effects, Sobel's test, and what a printed share is of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nqp.audit.distributions import critical, p_interval
from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import INFINITY, Interval, hull
from nqp.audit.nesting import printed_t, recovered
from nqp.audit.printed import INDIRECT, SHARE, SOBEL, Coefficient, Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables
from nqp.audit.texts import Printed, same_name


@dataclass(frozen=True)
class Channel:
    """A mediation that tables print: treatment on mediator, both on the outcome, and the total.

    totals: columns that may be the one without the mediator; the `n_likely` likeliest first.
    """

    treatment: Coefficient
    to_mediator: Column
    to_outcome: Column
    totals: tuple[Column, ...]
    mediator: Coefficient
    n_likely: int = 0

    @property
    def a(self) -> Coefficient:
        """The treatment's coefficient on the mediator."""
        found = self.to_mediator.of(self.treatment.term)
        assert found is not None
        return found

    @property
    def total(self) -> Interval | None:
        """The treatment's coefficient without the mediator.

        Where several columns may have it, those that add up with the other two.
        """
        found = [c.of(self.treatment.term) for c in self.totals[: self.n_likely]]
        known = [c.estimate.interval for c in found if c is not None and c.estimate is not None]
        if self.direct.estimate is None:
            return None
        implied = self.direct.estimate.interval + product(self)
        fitting = [one for one in known if one.meets(implied)]
        return hull(fitting or known) if known else None

    @property
    def direct(self) -> Coefficient:
        """The treatment's coefficient beside the mediator's."""
        found = self.to_outcome.of(self.treatment.term)
        assert found is not None
        return found


def channels(tables: Tables) -> list[Channel]:
    """Every mediation that the columns make, one for each regressor that all of them print."""
    return tables.once("channels", None, lambda: _channels(tables))


def _channels(tables: Tables) -> list[Channel]:
    found = []
    for outer in tables.columns:
        for mediator in outer.slopes:
            if mediator.estimate is None or not tables.least_squares(outer):
                continue
            for inner in tables.columns:
                if not _is_first_step(tables, inner, outer, mediator):
                    continue
                totals = _totals(tables, outer, mediator)
                likely = sum(not (tables.is_robustness(c) or tables.is_split(c)) for c in totals)
                found += [
                    Channel(slope, inner, outer, totals, mediator, likely or len(totals))
                    for slope in outer.slopes
                    if slope is not mediator
                    and slope.estimate is not None
                    and (a := inner.of(slope.term)) is not None
                    and a.estimate is not None
                ]
                break
    return found


def treatments(tables: Tables) -> list[Channel]:
    """The channels of the regressor that the table is about: the first that it prints."""
    first: dict[tuple[object, str], Channel] = {}
    for channel in channels(tables):
        first.setdefault((channel.to_outcome.key, channel.mediator.term), channel)
    return list(first.values())


def _is_first_step(tables: Tables, inner: Column, outer: Column, mediator: Coefficient) -> bool:
    return (
        inner is not outer
        and inner.table_number == outer.table_number
        and inner.panel == outer.panel
        and same_name(inner.outcome) == same_name(mediator.term)
        and same_name(inner.outcome) != same_name(outer.outcome)
        and tables.least_squares(inner)
        and tables.same_sample(inner, outer)
        and tables.differ_by(inner, outer, same_name(mediator.term))
    )


def _totals(tables: Tables, outer: Column, mediator: Coefficient) -> tuple[Column, ...]:
    term = same_name(mediator.term)
    fits = [
        c
        for c in tables.columns
        if c is not outer
        and same_name(c.outcome) == same_name(outer.outcome)
        and c.of(mediator.term) is None
        and tables.least_squares(c)
        and tables.same_sample(c, outer)
        and tables.differ_by(c, outer, term)
    ]

    def distance(c: Column) -> tuple[bool, bool]:
        return tables.is_robustness(c) or tables.is_split(c), c.table_number != outer.table_number

    return tuple(sorted(fits, key=distance))


def product(channel: Channel) -> Interval:
    """a·b."""
    assert channel.a.estimate is not None and channel.mediator.estimate is not None
    return channel.a.estimate.interval * channel.mediator.estimate.interval


@rule(
    "mediation.identity",
    "The total effect is the direct one and a·b.",
    "总效应等于直接效应加a·b。",
)
def identity(tables: Tables) -> Iterator[Finding]:
    """c = c' + a·b, which least squares on the same rows and controls gives exactly."""
    for channel in channels(tables):
        direct = channel.direct.estimate
        if direct is None or not channel.totals:
            continue
        implied = direct.interval + product(channel)
        sums = [(c, c.of(channel.treatment.term)) for c in channel.totals]
        printed = [(c, s.estimate) for c, s in sums if s is not None and s.estimate is not None]
        if not printed or any(e.interval.meets(implied) for _, e in printed):
            continue
        total, shown = printed[0]
        term = channel.treatment.term
        three = (channel.to_mediator, channel.to_outcome, total)
        sure = total.table_number == channel.to_outcome.table_number and all(
            tables.hidden(c)[1] for c in three
        )
        yield Finding(
            "mediation.identity", Severity.CONTRADICTION if sure else Severity.UNLIKELY,
            (channel.to_outcome.cell("estimate", term),
             channel.to_mediator.cell("estimate", term),
             channel.to_outcome.cell("estimate", channel.mediator.term),
             *(c.cell("estimate", term) for c, _ in printed)),
            f"{channel.to_outcome.name}: direct effect {direct.text} and {channel.mediator.term}'s "
            f"indirect one add up to {show(implied)} for {term}; {total.name} prints {shown.text} "
            "on the same rows.",
            f"{channel.to_outcome.name_zh}：{term}的直接效应{direct.text}与经{channel.mediator.term}的"
            f"间接效应之和为{show_zh(implied)}；{total.name_zh}在相同观测值上印为{shown.text}。",
            {"direct + indirect": implied, "total": shown.interval},
        )  # fmt: skip


def sobel(tables: Tables, channel: Channel) -> Interval | None:
    """|z| of Sobel's test; b's t is recovered from R² where its digits are gone."""
    t_a, t_b = printed_t(channel.a), printed_t(channel.mediator)
    exact = recovered(tables).get((channel.to_outcome.key, channel.mediator.term))
    if channel.mediator.estimate is not None and channel.mediator.estimate.is_zero:
        t_b = exact
    if t_a is None or t_b is None:
        return None
    # z² = 1/(1/t_a² + 1/t_b²), which rises with both.
    return Interval.around([_z(t_a.low, t_b.low), _z(t_a.high, t_b.high)])


def _z(a: float, b: float) -> float:
    if a == 0 or b == 0:
        return 0.0
    return float(1 / (1 / a**2 + 1 / b**2)) ** 0.5 if min(a, b) < INFINITY else INFINITY


@rule(
    "mediation.sobel",
    "An indirect effect whose steps are starred is itself significant.",
    "两步均显著的间接效应本身也显著。",
)
def product_test(tables: Tables) -> Iterator[Finding]:
    """Channels whose product is not significant at 5 % though both steps carry marks."""
    for channel in treatments(tables):
        z = sobel(tables, channel)
        if z is None or not channel.a.stars or not channel.mediator.stars:
            continue
        cells = (
            channel.to_outcome.cell("estimate", channel.mediator.term),
            channel.to_mediator.cell("estimate", channel.treatment.term),
        )
        indirect = product(channel)
        p = p_interval(z, Interval(INFINITY, INFINITY))
        numbers = {"indirect": indirect, "z": z, "p": p}
        share, share_zh = _share_words(channel, indirect)
        name, name_zh = channel.to_outcome.name, channel.to_outcome.name_zh
        if z.high < critical(0.05):
            yield Finding(
                "mediation.sobel", Severity.AGAINST_CLAIM, cells,
                f"{name}: both steps through {channel.mediator.term} carry marks, but the indirect "
                f"effect {show(indirect)}{share} has Sobel's z of {show(z)}, p of {show(p)}: not "
                "significant at 5%.",
                f"{name_zh}：经{channel.mediator.term}的两步均有显著性标记，但间接效应"
                f"{show_zh(indirect)}{share_zh}的Sobel z为{show_zh(z)}，p为{show_zh(p)}，在5%水平上"
                "不显著。",
                numbers,
            )  # fmt: skip
        elif channel.mediator.parenthesis is not None and channel.mediator.parenthesis.units == 1:
            yield Finding(
                "mediation.sobel", Severity.UNCLEAR, cells,
                f"{name}: {channel.mediator.term} is printed with one digit of its error, so the "
                f"indirect effect {show(indirect)}{share} has Sobel's z of anything from "
                f"{show(z)}.",
                f"{name_zh}：{channel.mediator.term}的标准误只印一位有效数字，因此间接效应"
                f"{show_zh(indirect)}{share_zh}的Sobel z可为{show_zh(z)}。",
                numbers,
            )  # fmt: skip


def _share_words(channel: Channel, indirect: Interval) -> tuple[str, str]:
    total = channel.total
    if total is None or 0 in total:
        return "", ""
    share = indirect / total * 100
    return f" ({show(share, 2)}% of the total)", f"（占总效应的{show_zh(share, 2)}%）"


@rule(
    "mediation.printed",
    "Printed indirect effects, shares and Sobel tests follow from the coefficients.",
    "所印间接效应、占比和Sobel检验与系数一致。",
)
def printed(tables: Tables) -> Iterator[Finding]:
    """Rows of a table that print the product, its share of the total, or Sobel's z."""
    by_column = {c.to_outcome.key: c for c in treatments(tables)}
    for column in tables.columns:
        channel = by_column.get(column.key)
        if channel is None:
            continue
        for row in column.coefficients:
            if row.estimate is None:
                continue
            implied: list[tuple[str, Interval]] = []
            if SOBEL.search(row.term):
                z = sobel(tables, channel)
                implied = [("Sobel's z", z)] if z is not None else []
                if re.search(r"\bp\b", row.term) and z is not None:
                    implied = [("p", p_interval(z, Interval(INFINITY, INFINITY)))]
            elif SHARE.search(row.term):
                implied = list(shares(channel))
            elif INDIRECT.search(row.term):
                implied = [("a·b", product(channel))]
            yield from _against(column, row, implied)


def shares(channel: Channel) -> Iterator[tuple[str, Interval]]:
    """The share of the indirect effect by each definition in use."""
    indirect = product(channel)
    if channel.total is not None:
        yield "a·b/c", indirect / channel.total
    if channel.direct.estimate is not None:
        direct = channel.direct.estimate.interval
        yield "a·b/c'", indirect / direct
        # x/(x + y) = 1/(1 + y/x), in which each number stands once.
        yield "a·b/(a·b + c')", 1.0 / (1 + direct / indirect)


def _against(
    column: Column, row: Coefficient, implied: list[tuple[str, Interval]]
) -> Iterator[Finding]:
    shown: Printed | None = row.estimate
    if not implied or shown is None:
        return
    percent = SHARE.search(row.term) and "%" not in shown.text and abs(shown.value) > 1
    printed_value = (shown.interval * 0.01 if percent else shown.interval).size
    fits = [name for name, value in implied if value.size.meets(printed_value)]
    numbers = {"printed": printed_value} | dict(implied)
    if not fits:
        listed = "; ".join(f"{name} is {show(value)}" for name, value in implied)
        yield Finding(
            "mediation.printed", Severity.CONTRADICTION, (column.cell("estimate", row.term),),
            f"{column.name}: {row.term} is printed as {shown.text}, but by the coefficients "
            f"{listed}.",
            f"{column.name_zh}：{row.term}印为{shown.text}，但由系数可得：{listed}。",
            numbers,
        )  # fmt: skip
    elif fits[0] == "a·b/c'":
        yield Finding(
            "mediation.printed", Severity.UNCLEAR, (column.cell("estimate", row.term),),
            f"{column.name}: {row.term} of {shown.text} is the share of the direct effect "
            "(a·b/c'), not of the total.",
            f"{column.name_zh}：{row.term} {shown.text}是占直接效应的比例（a·b/c'），"
            "而非占总效应的比例。",
            numbers,
        )  # fmt: skip
