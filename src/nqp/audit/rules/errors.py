"""What kind of standard errors a table has, by its own R² and N, and its constants."""

from __future__ import annotations

from collections.abc import Iterator

from nqp.audit.findings import Finding, Severity, show, show_zh
from nqp.audit.intervals import Interval
from nqp.audit.nesting import CONVENTIONAL, ImpliedT, convention, evidence
from nqp.audit.printed import Coefficient, Column
from nqp.audit.rules.registry import rule
from nqp.audit.tables import Tables
from nqp.audit.texts import is_whole


@rule(
    "fit.errors",
    "Standard errors are of the kind that the table says.",
    "标准误的类型与表中所述一致。",
)
def kind_of_errors(tables: Tables) -> Iterator[Finding]:
    """Conventional errors that are called something else or nothing; odd ones among them."""
    known, found = evidence(tables), convention(tables)
    agreeing = [e for e in known if e.agrees]
    for one in known:
        declared = one.column.declared.errors
        if one.agrees or (declared != "conventional" and found != CONVENTIONAL):
            continue
        severity = Severity.CONTRADICTION if declared == "conventional" else Severity.UNLIKELY
        yield _differs(one, severity)
    if found != CONVENTIONAL or len(agreeing) < 2:
        return
    declared = agreeing[0].column.declared.errors
    if declared == "conventional":
        return
    if declared:
        severity, said, said_zh = Severity.AGAINST_CLAIM, f"are called {declared}", "被称为其他类型"
    else:
        severity, said, said_zh = Severity.UNCLEAR, "are of no kind that is named", "未说明类型"
    order = {c.key: at for at, c in enumerate(tables.columns)}
    first = min(agreeing, key=lambda e: order[e.column.key])
    estimate, shown = first.coefficient.estimate, first.coefficient.parenthesis
    assert estimate is not None and shown is not None
    error = estimate.interval.size / first.implied
    term, kind = first.coefficient.term, "standard error" if first.coefficient.kind == "se" else "t"
    value = error if first.coefficient.kind == "se" else first.implied
    yield Finding(
        "fit.errors", severity,
        tuple(e.column.cell("parenthesis", e.coefficient.term) for e in (
            first, *(e for e in agreeing if e is not first)
        )),
        f"The standard errors {said}, yet R² and N imply conventional ones, which assume "
        f"independent rows: in {first.column.name} the {kind} of {term} would be {show(value, 4)}, "
        f"and {shown.text} is printed; {len(agreeing)} of {len(known)} coefficients agree.",
        f"标准误{said_zh}，但由R²和N可推知为假定各行独立的普通标准误：{first.column.name_zh}中{term}的"
        f"{'标准误' if kind != 't' else 't值'}应为{show_zh(value, 4)}，所印为{shown.text}；"
        f"{len(known)}个系数"
        f"中有{len(agreeing)}个一致。",
        {"std_error implied": error, "t implied": first.implied,
         "t printed": first.printed or first.implied},
    )  # fmt: skip


def _differs(one: ImpliedT, severity: Severity) -> Finding:
    cells = [
        one.column.cell("parenthesis", one.coefficient.term),
        one.column.cell("estimate", one.coefficient.term),
        one.column.cell("r2"),
        one.column.cell("n_obs"),
    ]
    if one.beside is not None:
        cells.append(one.beside.cell("r2"))
    printed = one.printed or one.implied
    return Finding(
        "fit.errors", severity, tuple(cells),
        f"{one.column.name}: with conventional errors, as elsewhere in the paper, R² and N imply "
        f"t = {show(one.implied)} for {one.coefficient.term}; printed is t = {show(printed)}.",
        f"{one.column.name_zh}：按论文其他各列的普通标准误，由R²和N可推知{one.coefficient.term}的"
        f"t = {show_zh(one.implied)}，所印为t = {show_zh(printed)}。",
        {"t implied": one.implied, "t printed": printed},
    )  # fmt: skip


@rule(
    "fit.constant",
    "The constant is the mean of the outcome less what the slopes explain.",
    "常数项等于被解释变量均值减去各斜率所解释的部分。",
)
def constants(tables: Tables) -> Iterator[Finding]:
    """Constants against slopes and means, where all regressors and their means are printed.

    Beside effects the constant is that of the means or of a base, as the program has it: where it
    is that of the means in other columns of the paper, it should be in all.
    """
    known = [
        (column, constant, expected)
        for column in tables.columns
        if (constant := column.constant) is not None
        and constant.estimate is not None
        and (expected := _at_means(tables, column)) is not None
    ]

    def agrees(constant: Coefficient, expected: Interval) -> bool:
        return constant.estimate is not None and constant.estimate.interval.meets(expected)

    # An expectation that allows almost anything agrees with anything.
    at_means = any(
        agrees(c, e) and e.width < 0.25 * abs(e.middle)
        for column, c, e in known
        if _has_effects(column)
    )
    for column, constant, expected in known:
        if constant.estimate is None or agrees(constant, expected):
            continue
        cells = [column.cell("estimate", constant.term)]
        numbers = {
            "constant at the means": expected,
            "constant printed": constant.estimate.interval,
        }
        if _has_effects(column) and not at_means:
            yield Finding(
                "fit.constant", Severity.UNCLEAR, tuple(cells),
                f"{column.name}: the constant is {constant.estimate_text}; at the means it would "
                f"be {show(expected)}. It belongs to a base unit and period that are not named.",
                f"{column.name_zh}：常数项为{constant.estimate_text}，按均值应为{show_zh(expected)}；"
                "它属于未说明的基准个体和时期。",
                numbers,
            )  # fmt: skip
            continue
        cells += [column.cell("estimate", s.term) for s in column.slopes]
        named = [column.outcome, *(s.term for s in column.slopes)]
        cells += [d.cell("mean") for d in map(tables.paper.described, named) if d is not None]
        sure = tables.hidden(column) == ([0], True) and not _has_effects(column)
        yield Finding(
            "fit.constant",
            Severity.CONTRADICTION if sure else Severity.UNLIKELY,
            tuple(cells),
            f"{column.name}: slopes and means of the variables give a constant of "
            f"{show(expected)}; printed is {constant.estimate_text}.",
            f"{column.name_zh}：由各斜率和变量均值可得常数项{show_zh(expected)}，所印为"
            f"{constant.estimate_text}。",
            numbers,
        )  # fmt: skip


def _has_effects(column: Column) -> bool:
    return bool(column.unit_effects or column.time_effects)


def _at_means(tables: Tables, column: Column) -> Interval | None:
    outcome = tables.paper.described(column.outcome)
    if not tables.prints_all(column) or not tables.least_squares(column):
        return None
    if outcome is None or outcome.mean is None or not column.slopes:
        return None
    if column.unit_effects is None and tables.is_split(column):
        return None
    expected = outcome.mean.interval
    for slope in column.slopes:
        described = tables.paper.described(slope.term)
        if described is None or described.mean is None or slope.estimate is None:
            return None
        if described.n_obs is None or column.n_obs is None:
            return None
        if described.n_obs.value != column.n_obs.value:
            return None
        mean = described.mean.interval
        if is_whole(described.mean.text) and described.mean.value == 0:
            return None
        expected = expected - slope.estimate.interval * mean
    if outcome.n_obs is None or column.n_obs is None:
        return None
    return expected if outcome.n_obs.value == column.n_obs.value else None
