"""The notes below a table of regressions: what was left out, and what prints as zero."""

from __future__ import annotations

from collections.abc import Sequence

from nqp.econometrics.regression import RegressionSpec
from nqp.presentation.regression_columns import Column, Names, controls_label, listed_columns
from nqp.presentation.tables import PrintsAsZero, TableOptions, hides, rounded, text_or_blank

SCALES = {
    10**3: ("thousands", "千"),
    10**6: ("millions", "百万"),
    10**9: ("billions", "十亿"),
    10**12: ("trillions", "万亿"),
}


def parentheses_note(columns: Sequence[Column], names: Names, options: TableOptions) -> list[str]:
    """What the parentheses hold, how the covariance was estimated, what the stars mean."""
    kinds: dict[str, list[Column]] = {}
    for c in columns:
        if c.estimated:
            kinds.setdefault(_vcov(c.spec, names, options), []).append(c)
    if not kinds:
        return []
    if len(kinds) == 1:
        how = next(iter(kinds))
    else:
        how = options.say("; ", "；").join(
            options.say(
                f"{kind} in {listed_columns(own, options)}", f"{listed_columns(own, options)}{kind}"
            )
            for kind, own in kinds.items()
        )
    if options.parentheses == "std_error":
        note = options.say(f"Standard errors in parentheses, {how}.", f"括号内为标准误，{how}。")
    else:
        note = options.say(
            f"t statistics in parentheses; standard errors {how}.", f"括号内为t值；标准误{how}。"
        )
    if options.stars:
        note += options.say(
            " *, ** and *** indicate significance at the 10%, 5% and 1% levels.",
            "*、**和***分别表示在10%、5%和1%的水平上显著。",
        )
    return [note]


# What the notes call the methods of inference.
METHODS = {
    "conventional": ("conventional standard errors", "普通标准误"),
    "cr1": ("cluster-robust standard errors (CR1)", "聚类稳健标准误（CR1）"),
    "cr2": (
        "CR2 standard errors with Satterthwaite degrees of freedom",
        "CR2标准误（Satterthwaite自由度）",
    ),
    "cr3": ("jackknife standard errors (CR3)", "刀切法标准误（CR3）"),
    "wcr_rademacher": (
        "the wild cluster bootstrap (Rademacher weights)",
        "野聚类自助法（Rademacher权重）",
    ),
    "wcr_webb": ("the wild cluster bootstrap (Webb weights)", "野聚类自助法（Webb权重）"),
    "ri_b": ("randomisation of the assignment, by coefficient", "随机化推断（系数）"),
    "ri_t": ("randomisation of the assignment, by t", "随机化推断（t值）"),
}


def brackets_note(columns: Sequence[Column], options: TableOptions) -> list[str]:
    if not any(spec_id == c.spec_id for c in columns for spec_id, _ in options.tested):
        return []
    english, chinese = METHODS.get(options.method, (options.method, options.method))
    return [
        options.say(
            f"p-values in brackets by {english}, at the level at which the policy was assigned; "
            "stars follow the standard errors in parentheses.",
            f"方括号内为{chinese}在政策实施层级上的p值；星号依据括号内的标准误。",
        )
    ]


def detectable_note(columns: Sequence[Column], names: Names, options: TableOptions) -> list[str]:
    """The effect that each column would have found, beside the p-values in brackets."""
    found: dict[str, list[str]] = {}
    for c in columns:
        for term in c.spec.treatment:
            mde = options.detectable.get((c.spec_id, term))
            if mde is not None and c.brackets(term, options):
                where = options.say(f" in column ({c.number})", f"（列({c.number})）")
                found.setdefault(term, []).append(f"{rounded(mde, options)}{where}")
    if not found:
        return []
    listed = options.say("; ", "；").join(
        f"{names(term)} {options.say(', ', '、').join(own)}" for term, own in found.items()
    )
    return [
        options.say(
            "Minimum detectable effect (significant at 5% in 80% of samples, by CR2 standard "
            f"errors at the level at which the policy was assigned): {listed}.",
            f"最小可检测效应（80%的样本中在5%水平上显著，按政策实施层级的CR2标准误）：{listed}。",
        )
    ]


def _vcov(spec: RegressionSpec, names: Names, options: TableOptions) -> str:
    if not spec.clusters:
        return options.say("conventional (i.i.d. errors)", "按独立同分布误差计算（普通标准误）")
    called = [names.of_column(name) or (name, f" {name} ") for name in spec.clusters]
    english, chinese = (parts for parts in zip(*called, strict=True))
    if len(called) == 1:
        return options.say(f"clustered by {english[0]}", f"聚类到{chinese[0]}层面")
    return options.say(
        f"clustered by {' and '.join(english)} (two-way)",
        f"双向聚类到{'和'.join(chinese)}层面",
    )


def groups_notes(columns: Sequence[Column], names: Names, options: TableOptions) -> list[str]:
    """Which groups have effects by year or trends of their own, where a row says only that some
    have."""
    told: dict[str, list[Column]] = {}
    for c in columns:
        for grouping in dict.fromkeys((c.spec.group_periods, c.trends_of)):
            if grouping and names.of_column(grouping) is None:
                told.setdefault(grouping, []).append(c)
    notes = []
    for grouping, own in told.items():
        groups = options.say(*options.groupings.get(grouping, (grouping, grouping)))
        which = listed_columns(own, options)
        notes.append(options.say(f"Groups in {which}: {groups}.", f"{which}的组别：{groups}。"))
    return notes


def controls_note(
    shown: Sequence[str], hidden: Sequence[str], names: Names, options: TableOptions
) -> list[str]:
    if not hidden:
        return []
    label, listed = controls_label(shown, options), names.listed(hidden)
    return [options.say(f"{label}: {listed}.", f"{label}：{listed}。")]


def column_notes(columns: Sequence[Column], names: Names, options: TableOptions) -> list[str]:
    notes = []
    for c in columns:
        column = listed_columns([c], options)
        if not c.estimated:
            reason = text_or_blank(c.fit["reason"]).rstrip(".。") or options.say(
                "no reason given", "原因未给出"
            )
            text = options.say(
                f"{column} is not estimated: {reason}.", f"{column}未估计：{reason}。"
            )
        elif c.dropped:
            left_out = names.listed(c.dropped)
            text = options.say(
                f"{column} leaves out {left_out}: collinear with the other regressors.",
                f"{column}剔除{left_out}：与其他解释变量共线。",
            )
        else:
            continue
        notes.append(text[0].upper() + text[1:])
    return notes


def caution_notes(columns: Sequence[Column], options: TableOptions) -> list[str]:
    """What to know before relying on columns; columns with the same cautions share a note."""
    alike: dict[str, list[Column]] = {}
    for c in columns:
        if c.estimated and (cautions := text_or_blank(c.fit.get("cautions"))):
            alike.setdefault(cautions, []).append(c)
    return [
        options.say(
            f"Caution, {listed_columns(own, options)}: {cautions}",
            f"注意，{listed_columns(own, options)}：{cautions}",
        )
        for cautions, own in alike.items()
    ]


def prints_as_zero(
    columns: Sequence[Column], terms: Sequence[str], names: Names, options: TableOptions
) -> list[PrintsAsZero]:
    """Every printed coefficient whose decimals hide it; one factor for all columns of a term."""
    with_error = options.parentheses == "std_error"
    found: dict[tuple[str, str], list[tuple[Column, float, float]]] = {}
    for term in terms:
        for c in columns:
            if (result := c.result(term)) is None:
                continue
            estimate, below = float(result["estimate"]), float(result[options.parentheses])
            if hides(estimate, options) or (with_error and hides(below, options)):
                rescaled = term if term in names.with_unit else c.spec.outcome
                found.setdefault((term, rescaled), []).append((c, estimate, below))
    warnings = []
    for (term, rescaled), cases in found.items():
        factor = max(_factor(e, b if with_error else 0.0, options) for _, e, b in cases)
        for c, estimate, below in cases:
            shown = rounded(estimate * factor, options)
            error = rounded(below * (factor if with_error else 1), options)
            warnings.append(
                PrintsAsZero(
                    spec_id=c.spec_id,
                    column_number=c.number,
                    term=term,
                    estimate=estimate,
                    rescaled=rescaled,
                    factor=factor,
                    printed=f"{shown} ({error})",
                )
            )
    return warnings


def _factor(estimate: float, std_error: float, options: TableOptions) -> int:
    """The least power of 1,000 that shows two digits of the estimate and one of its error."""
    two_digits = 10.0 ** (1 - options.decimals)
    factor = 1000
    while 0 < abs(estimate) * factor < two_digits or hides(std_error * factor, options):
        factor *= 1000
    return factor


def zero_notes(warnings: Sequence[PrintsAsZero], names: Names, options: TableOptions) -> list[str]:
    cases: dict[tuple[str, str, int], list[PrintsAsZero]] = {}
    for w in warnings:
        cases.setdefault((w.rescaled, w.term, w.factor), []).append(w)
    notes = []
    for (rescaled, term, factor), own in cases.items():
        name, times = names(rescaled), f"× {factor:,}"
        english, chinese = SCALES.get(factor, (f"units of {factor:,}", f" {factor:,} "))
        if rescaled == term:
            lead = options.say(
                f"{name} in {english}: coefficient", f"{name}以{chinese}为单位：系数"
            )
        else:
            lead = options.say(
                f"{name} {times}: coefficient of {names(term)}",
                f"{name} {times}：{names(term)}的系数",
            )
        shown = options.say(", ", "；").join(
            f"{w.printed}{options.say(' in column ', '，列')}({w.column_number})" for w in own
        )
        notes.append(options.say(f"{lead} {times} = {shown}.", f"{lead} {times} = {shown}。"))
    return notes
