"""Result frames as tables the way papers print them; `table_formats` makes files of them.

A table is text: every number is rounded, every label chosen and every footnote written here, so
that all formats say the same. A column that was not estimated stays, with a dash and the reason.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from nqp.analyses.specifications import regression_spec
from nqp.econometrics.regression import RegressionSpec

Language = Literal["en", "zh"]
Align = Literal["left", "center", "wrap"]
Row = Mapping[str, Any]

ABSENT = "—"
MINUS = "−"
CONSTANT = "_cons"
# Characters of a line of a column title.
HEADING = {"en": 18, "zh": 9}
SPEC_COLUMNS = (
    "spec_id study table_number column_number title_en title_zh outcome treatment controls"
    " unit_effects time_effects vcov cluster constant"
)
# Where one of these is filled, rows or values differ from those of the study's panel.
SAMPLE_COLUMNS = (
    "grouping", "first_year", "last_year", "matching", "winsor_lower", "winsor_upper",
)  # fmt: skip

# In the order of print.
ROLES = {
    "outcome": ("Dependent variables", "被解释变量"),
    "treatment": ("Independent variables", "解释变量"),
    "mediator": ("Mediating variables", "中介变量"),
    "control": ("Control variables", "控制变量"),
    "indicator": ("Indicators", "指标"),
}
# What a study calls its units where it does not say: in the plural and in Chinese.
UNITS = ("units", "单位")
# How a column that standard errors are clustered by is printed, beside the study's own units.
CLUSTERS = {"province_code": ("province", "省份")}
STATISTICS = {
    "r2": ("R²", "R²"),
    "r2_adj": ("Adj. R²", "调整R²"),
    "n_obs": ("N", "N"),
    "n_units": ("Units", "个体数"),
    "n_clusters": ("Clusters", "聚类数"),
}
PROFILES = {
    # In both languages in every table: translating a table must not lose it.
    "simulated": ("Simulated data: not evidence. 模拟数据，不可作为证据",) * 2,
    "open": ("Data: open sources.", "数据来源：开放数据。"),
    "public": ("Data: public sources.", "数据来源：公开数据。"),
    "licensed": ("Data: licensed sources.", "数据来源：授权数据。"),
}
SCALES = {
    10**3: ("thousands", "千"),
    10**6: ("millions", "百万"),
    10**9: ("billions", "十亿"),
    10**12: ("trillions", "万亿"),
}
TRANSFORMS = {"level": "{}", "ln": "ln({})", "ln1p": "ln(1 + {})"}


@dataclass(frozen=True)
class TableOptions:
    """How a table is printed.

    parentheses: what stands below a coefficient. decimals: of every number but counts.
    controls: "all" prints the coefficients of all controls, a tuple those named, "none" none;
        the rest become one row of Yes and No.
    names: "symbol" prints LnGDP, "label" prints Economic development level. symbols: printed
        symbol by variable id, where neither the id nor the study's own symbol will do.
    column_titles: print the specifications' titles above the column numbers; None prints them
        where the rows do not tell the columns apart.
    fixed_effects, constant: print these rows. statistics: rows at the foot, of `STATISTICS`.
    waivers: failed checks of the data that were accepted on record, which the notes repeat.
    tested: by specification and term, the p-value of the study's headline method, printed in
        brackets below the coefficient; method: what the notes call it.

    Raises ValueError when a field has no such value.
    """

    language: Language = "en"
    parentheses: Literal["std_error", "t_statistic"] = "std_error"
    decimals: int = 4
    stars: bool = True
    controls: Literal["all", "none"] | tuple[str, ...] = "all"
    names: Literal["symbol", "label"] = "symbol"
    symbols: Mapping[str, str] = field(default_factory=dict)
    column_titles: bool | None = None
    fixed_effects: bool = True
    constant: bool = True
    statistics: tuple[str, ...] = ("r2", "r2_adj", "n_obs")
    waivers: str = ""
    tested: Mapping[tuple[str, str], float] = field(default_factory=dict)
    method: str = ""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("language", self.language, ("en", "zh")),
            ("parentheses", self.parentheses, ("std_error", "t_statistic")),
            ("names", self.names, ("symbol", "label")),
            ("decimals", self.decimals, range(16)),
            *(("statistics", name, tuple(STATISTICS)) for name in self.statistics),
        ):
            if value not in known:
                expected = ", ".join(map(str, known))
                raise ValueError(f"{name} is {value!r}: expected one of {expected}")
        if isinstance(self.controls, str) and self.controls not in ("all", "none"):
            raise ValueError(
                f"controls is {self.controls!r}: expected 'all', 'none' or a tuple of variable ids"
            )

    def say(self, english: str, chinese: str) -> str:
        return english if self.language == "en" else chinese

    def shows(self, control: str) -> bool:
        if isinstance(self.controls, str):
            return self.controls == "all"
        return control in self.controls


DEFAULTS = TableOptions()


@dataclass(frozen=True)
class PrintsAsZero:
    """A coefficient that is not zero but prints as zero, or its standard error.

    rescaled: the variable whose rescaling shows it. A regressor is measured in units of `factor`;
        where the regressor has no unit (a logarithm, the policy, the constant), the outcome is
        multiplied by it. Either way the coefficient is multiplied by `factor`.
    printed: the coefficient and what stands in parentheses below it, after that.
    """

    spec_id: str
    column_number: int
    term: str
    estimate: float
    rescaled: str
    factor: int
    printed: str


@dataclass(frozen=True)
class Table:
    """A table as text.

    name: file stem and LaTeX label. header: one cell per column, with "\\n" between its lines.
    align: per column; "wrap" is text that may break. warnings: what the printed decimals hide;
    the notes say it too.

    Raises ValueError when a row or `align` is not as long as the header.
    """

    name: str
    number: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    align: tuple[Align, ...]
    language: Language
    warnings: tuple[PrintsAsZero, ...] = ()

    def __post_init__(self) -> None:
        if {len(self.header)} != {len(self.align), *map(len, self.rows)}:
            raise ValueError(f"table {self.name}: header, rows and align differ in length")

    @property
    def caption(self) -> str:
        if self.language == "en":
            return f"Table {self.number}. {self.title}"
        return f"表{self.number}　{self.title}"


@dataclass(frozen=True)
class Name:
    """How something is printed: its symbol, and its name in English and Chinese."""

    symbol: str
    en: str
    zh: str


@dataclass(frozen=True)
class Words:
    """What a study calls its index, its policy and its units.

    names: by the id of the index and of the policy. unit: one of them, in English and Chinese.
    units: several.
    """

    names: Mapping[str, Name]
    unit: tuple[str, str]
    units: tuple[str, str]

    @classmethod
    def of(cls, studies: pd.DataFrame, study: str) -> Words:
        """Read from ``studies``: study, level, policy and, where they are given, index_id and
        the symbols, labels and plural names of units. What has no label prints as its id.

        Raises ValueError when a column or the study is missing.
        """
        _need("studies", studies, "study level policy")
        [row] = _records(_of_study("studies", studies, study))

        def told(column: str, otherwise: str) -> str:
            return _text(row.get(column)) or otherwise

        names = {}
        for kind, name in (("policy", row["policy"]), ("index", _text(row.get("index_id")))):
            if name:
                names[name] = Name(
                    told(f"{kind}_symbol", name),
                    told(f"{kind}_label_en", name),
                    told(f"{kind}_label_zh", name),
                )
        units = told("units_label_en", UNITS[0]), told("units_label_zh", UNITS[1])
        unit = (
            told("unit_label_en", row["level"].replace("_", " ")),
            told("unit_label_zh", units[1]),
        )
        return cls(names, unit, units)


def regression_table(
    coefficients: pd.DataFrame,
    fits: pd.DataFrame,
    specs: pd.DataFrame,
    variables: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    study: str,
    table_number: int,
    title: str,
    options: TableOptions = DEFAULTS,
) -> Table:
    """One numbered table of a study: a column per specification, two rows per regressor.

    coefficients: spec_id, term, estimate, std_error, t_statistic, stars. fits: spec_id, n_obs,
    r2, r2_adj, dropped, status, reason, data_profile. specs: rows of ``regression_specs``.
    variables: study, variable_id, label_en, label_zh, transform. studies: what `Words` reads.

    Raises ValueError when a frame lacks a column, a specification or a coefficient, or when the
    columns rest on different data.
    """
    _need("coefficients", coefficients, "spec_id term estimate std_error t_statistic stars")
    _need("fits", fits, "spec_id dropped status reason data_profile")
    _need("fits", fits, " ".join(options.statistics))
    _need("specs", specs, SPEC_COLUMNS)
    columns = _columns(specs, coefficients, fits, study, table_number)
    words = Words.of(studies, study)
    names = _Names(variables, words, study, options)

    controls = list(dict.fromkeys(name for c in columns for name in c.spec.controls))
    shown = [name for name in controls if options.shows(name)]
    hidden = [name for name in controls if not options.shows(name)]
    treatment = dict.fromkeys(name for c in columns for name in c.spec.treatment)
    terms = [*treatment, *shown, *([CONSTANT] if options.constant else [])]

    rows = []
    for term in terms:
        rows.append([names(term), *(c.coefficient(term, options) for c in columns)])
        rows.append(["", *(c.parentheses(term, options) for c in columns)])
        brackets = [c.brackets(term, options) for c in columns]
        if any(brackets):
            rows.append(["", *brackets])
    rows += _yes_no_rows(columns, shown, hidden, words, options)
    for name in options.statistics:
        label = options.say(*STATISTICS[name])
        rows.append([label, *(c.statistic(name, options) for c in columns)])

    warnings = _prints_as_zero(columns, terms, names, options)
    notes = [
        *_parentheses_note(columns, words, options),
        *_brackets_note(columns, options),
        *_controls_note(shown, hidden, names, options),
        *_column_notes(columns, names, options),
        *_zero_notes(warnings, names, options),
        *_caution_notes(columns, options),
        *data_notes(_profile(columns), options),
    ]
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=(options.say("Variables", "变量"), *_headings(columns, names, options)),
        rows=tuple(map(tuple, rows)),
        notes=tuple(notes),
        align=_align("l" + "c" * len(columns)),
        language=options.language,
        warnings=tuple(warnings),
    )


def descriptive_table(
    descriptives: pd.DataFrame,
    variables: pd.DataFrame,
    studies: pd.DataFrame,
    *,
    study: str,
    data_profile: str,
    title: str,
    table_number: int | str = 2,
    options: TableOptions = DEFAULTS,
) -> Table:
    """Observations, mean, standard deviation, minimum and maximum, grouped by role.

    descriptives: study, variable_id, role, n_obs, mean, std_dev, minimum, maximum. Extremes that
    are whole numbers print as such; what would print as zero prints with more decimals.

    Raises ValueError when a column or the study is missing, or a role is unknown.
    """
    numbers = ("mean", "std_dev", "minimum", "maximum")
    _need("descriptives", descriptives, f"study variable_id role n_obs {' '.join(numbers)}")
    names = _Names(variables, Words.of(studies, study), study, options)
    rows = [
        (
            options.say(*ROLES[row["role"]]),
            names(row["variable_id"]),
            str(int(row["n_obs"])),
            *(_number(row[name], options, whole=name.endswith("imum")) for name in numbers),
        )
        for row in _by_role(_of_study("descriptives", descriptives, study))
    ]
    header = options.say(
        "Variable type,Variable,N,Mean,Std. dev.,Minimum,Maximum",
        "变量类型,变量,样本量,均值,标准差,最小值,最大值",
    )
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=tuple(header.split(",")),
        rows=_grouped(rows),
        notes=data_notes(data_profile, options),
        align=_align("llccccc"),
        language=options.language,
    )


def definition_table(
    variables: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    *,
    study: str,
    title: str,
    table_number: int | str,
    indicators: pd.DataFrame | None = None,
    options: TableOptions = DEFAULTS,
) -> Table:
    """What each variable is, in words; with `indicators`, those and their signs too.

    variables, series, units, indicators: the definitions of these names.

    Raises ValueError when a column or the study is missing, or a series, unit, role or transform
    is unknown.
    """
    _need("variables", variables, f"study variable_id role {_Formulas.COLUMNS}")
    listed = _by_role(_of_study("variables", variables, study))
    if indicators is not None:
        _need("indicators", indicators, f"study position sign {_Formulas.COLUMNS}")
        own = _of_study("indicators", indicators, study).sort_values("position")
        listed += _records(own.assign(role="indicator"))
    told = _Formulas(series, units, options)
    rows = [
        (
            options.say(*ROLES[row["role"]]),
            _symbol(row["variable_id"], options) if "variable_id" in row else "",
            row[f"label_{options.language}"],
            told(row),
            _sign(row),
        )
        for row in listed
    ]
    header = options.say("Type,Symbol,Name,Definition,Sign", "类型,符号,名称,定义,方向")
    keep = slice(None if indicators is not None else -1)
    return Table(
        name=f"{study}_definitions",
        number=str(table_number),
        title=title,
        header=tuple(header.split(","))[keep],
        rows=tuple(row[keep] for row in _grouped(rows)),
        notes=(),
        align=_align("llwwc")[keep],
        language=options.language,
    )


def indicator_table(
    indicators: pd.DataFrame,
    series: pd.DataFrame,
    units: pd.DataFrame,
    *,
    study: str,
    title: str,
    table_number: int | str = 1,
    weights: pd.DataFrame | None = None,
    data_profile: str | None = None,
    options: TableOptions = DEFAULTS,
) -> Table:
    """The indicator system by dimension: name, definition, sign and, if given, weight.

    indicators, series, units: the definitions of these names. weights: study, indicator, weight,
    as in ``entropy_weights``; they come from data, so they need the `data_profile`.

    Raises ValueError when a column, the study or a weight is missing, a series, unit or transform
    is unknown, or weights come without a data profile.
    """
    dimension, label = f"dimension_{options.language}", f"label_{options.language}"
    _need(
        "indicators",
        indicators,
        f"study indicator_id position sign {dimension} {_Formulas.COLUMNS}",
    )
    own = _records(_of_study("indicators", indicators, study).sort_values("position"))
    weigh: dict[str, float] = {}
    if weights is not None:
        if data_profile is None:
            raise ValueError("weights come from data: give the data_profile they rest on")
        _need("weights", weights, "study indicator weight")
        given = weights[weights["study"] == study]
        weigh = dict(zip(given["indicator"], given["weight"], strict=True))
        if lacking := [i["indicator_id"] for i in own if i["indicator_id"] not in weigh]:
            raise ValueError(f"weights of study {study!r}: none for {', '.join(lacking)}")
    told = _Formulas(series, units, options)
    rows = [
        (_text(row[dimension]), row[label], told(row), _sign(row),
         _number(weigh.get(row["indicator_id"]), options))
        for row in own
    ]  # fmt: skip
    header = options.say("Dimension,Indicator,Definition,Sign,Weight", "维度,指标,定义,方向,权重")
    keep = slice(None if weigh else -1)
    return Table(
        name=f"{study}_table{table_number}",
        number=str(table_number),
        title=title,
        header=tuple(header.split(","))[keep],
        rows=tuple(row[keep] for row in _grouped(rows)),
        notes=() if data_profile is None else data_notes(data_profile, options),
        align=_align("lwwcc")[keep],
        language=options.language,
    )


def data_notes(data_profile: str, options: TableOptions = DEFAULTS) -> tuple[str, ...]:
    """The footnotes that say which data a table rests on, and what was wrong with them."""
    own_word = (f"Data: {data_profile}.", f"数据来源：{data_profile}。")
    data = options.say(*PROFILES.get(data_profile, own_word))
    if not options.waivers:
        return (data,)
    return data, options.say(
        f"Failed checks accepted on record: {options.waivers}.",
        f"已豁免的检验：{options.waivers}。",
    )


@dataclass(frozen=True)
class _Column:
    """One specification and its results; cells come out as text."""

    row: Row
    spec: RegressionSpec
    fit: Row
    terms: Mapping[str, Row]

    @property
    def spec_id(self) -> str:
        return str(self.row["spec_id"])

    @property
    def number(self) -> int:
        return int(self.row["column_number"])

    @property
    def of_part(self) -> bool:
        """Whether the specification is about other rows than the study's whole panel."""
        marks = (self.row.get(name) for name in SAMPLE_COLUMNS)
        return any(not pd.isna(mark) and mark != "" for mark in marks)

    @property
    def estimated(self) -> bool:
        return bool(self.fit["status"] == "estimated")

    @property
    def dropped(self) -> list[str]:
        return [name for name in _text(self.fit["dropped"]).split(" + ") if name]

    def result(self, term: str) -> Row | None:
        """The term's results, or None where the column has none for it."""
        if not self.has(term) or not self.estimated or term in self.dropped:
            return None
        if term not in self.terms:
            raise ValueError(f"coefficients: no row for {self.spec_id}, term {term!r}")
        return self.terms[term]

    def has(self, term: str) -> bool:
        return term == CONSTANT or term in self.spec.regressors

    def coefficient(self, term: str, options: TableOptions) -> str:
        if (found := self.result(term)) is None:
            return ABSENT if self.has(term) else ""
        marks = found["stars"] if options.stars and not pd.isna(found["stars"]) else ""
        return f"{_rounded(found['estimate'], options)}{marks}"

    def parentheses(self, term: str, options: TableOptions) -> str:
        found = self.result(term)
        return "" if found is None else f"({_rounded(found[options.parentheses], options)})"

    def brackets(self, term: str, options: TableOptions) -> str:
        """The p-value of the headline method, where the term was tested by it."""
        p = options.tested.get((self.spec_id, term))
        return "" if p is None or self.result(term) is None else f"[{p:.3f}]"

    def statistic(self, name: str, options: TableOptions) -> str:
        value = self.fit[name]
        if not self.estimated or pd.isna(value):
            return ABSENT
        return _rounded(value, options) if name.startswith("r2") else str(int(value))


class _Names:
    """Printed names of variables, of the index and of the policy."""

    def __init__(
        self, variables: pd.DataFrame, words: Words, study: str, options: TableOptions
    ) -> None:
        _need("variables", variables, "study variable_id label_en label_zh transform")
        own = variables[variables["study"] == study]
        # What another unit would rescale; neither logarithms nor the policy have one.
        self.with_unit = set(own.loc[own["transform"] == "level", "variable_id"])
        self.labels = dict(zip(own["variable_id"], own[f"label_{options.language}"], strict=True))
        self.words = words
        self.options = options

    def __call__(self, name: str) -> str:
        if name == CONSTANT:
            return self.options.say("Constant", "常数项")
        named = self.words.names.get(name)
        if self.options.names == "symbol" or name in self.options.symbols:
            return _symbol(name, self.options, named)
        if name in self.labels:
            return str(self.labels[name])
        return self.options.say(named.en, named.zh) if named else name

    def listed(self, names: Sequence[str]) -> str:
        return self.options.say(", ", "、").join(map(self, names))


class _Formulas:
    """Definitions in words. Units are named where they matter: not in ratios without a scale."""

    COLUMNS = "label_en label_zh numerator denominator scale transform"

    def __init__(self, series: pd.DataFrame, units: pd.DataFrame, options: TableOptions) -> None:
        label = f"label_{options.language}"
        _need("series", series, f"series_id {label} unit")
        _need("units", units, f"unit dimension factor {label}")
        self.series = series.set_index("series_id")[[label, "unit"]].T.to_dict("list")
        # A plain count needs no unit; a label's own parentheses would nest.
        plain = (units["dimension"] == "items") & (units["factor"] == 1)
        flat = units[label].str.replace("（", "、").str.replace("）", "").mask(plain, "")
        self.units = dict(zip(units["unit"], flat, strict=True))
        self.options = options

    def __call__(self, row: Row) -> str:
        if row["transform"] not in TRANSFORMS:
            known = ", ".join(TRANSFORMS)
            raise ValueError(f"transform is {row['transform']!r}: expected one of {known}")
        ratio = _text(row["denominator"]) != ""
        scale = float(row["scale"])
        with_units = not ratio or scale != 1
        text = self._sum(row["numerator"], with_units, bracket=ratio or scale != 1)
        if ratio:
            text += f" / {self._sum(row['denominator'], with_units, bracket=True)}"
        if scale != 1:
            text += f" × {scale:,.10g}"
        return TRANSFORMS[row["transform"]].format(text)

    def _sum(self, terms: str, with_units: bool, bracket: bool) -> str:
        words = [self._term(term.strip(), with_units) for term in terms.split("+")]
        text = " + ".join(words)
        return f"({text})" if bracket and len(words) > 1 else text

    def _term(self, term: str, with_units: bool) -> str:
        series_id, _, source = term.partition("@")
        if series_id not in self.series:
            raise ValueError(f"series has no series_id {series_id!r}, which a definition uses")
        label, unit = self.series[series_id]
        if with_units:
            if unit not in self.units:
                raise ValueError(f"units has no unit {unit!r}, that of series {series_id!r}")
            if words := self.units[unit]:
                label += self.options.say(f" ({words})", f"（{words}）")
        return f"{label} [{source}]" if source else str(label)


def _columns(
    specs: pd.DataFrame,
    coefficients: pd.DataFrame,
    fits: pd.DataFrame,
    study: str,
    table_number: int,
) -> list[_Column]:
    wanted = specs[(specs["study"] == study) & (specs["table_number"] == table_number)]
    if wanted.empty:
        raise ValueError(f"specs: no specification of study {study!r}, table {table_number}")
    fit_of = {row["spec_id"]: row for row in _records(fits)}
    columns = []
    for row in _records(wanted.sort_values("column_number")):
        spec_id = row["spec_id"]
        if spec_id not in fit_of:
            raise ValueError(f"fits: no row for {spec_id}; one that failed has its reason there")
        own = coefficients[coefficients["spec_id"] == spec_id]
        if twice := own.loc[own["term"].duplicated(), "term"].tolist():
            raise ValueError(f"coefficients: {spec_id} has {', '.join(twice)} more than once")
        terms = {result["term"]: result for result in _records(own)}
        columns.append(_Column(row, regression_spec(row), fit_of[spec_id], terms))
    return columns


def _headings(columns: Sequence[_Column], names: _Names, options: TableOptions) -> list[str]:
    titled = options.column_titles
    if titled is None:
        alike = len({c.spec for c in columns}) < len(columns)
        titled = alike or any(c.of_part for c in columns)
    headings = []
    for c in columns:
        title = textwrap.wrap(
            c.row[f"title_{options.language}"] if titled else "", HEADING[options.language]
        )
        headings.append("\n".join([names(c.spec.outcome), *title, f"({c.number})"]))
    return headings


def _yes_no_rows(
    columns: Sequence[_Column],
    shown: Sequence[str],
    hidden: Sequence[str],
    words: Words,
    options: TableOptions,
) -> list[list[str]]:
    place = words.unit
    answers: list[tuple[str, list[bool]]] = []
    if hidden:
        has = [any(name in hidden for name in c.spec.controls) for c in columns]
        answers.append((_controls_label(shown, options), has))
    if options.fixed_effects:
        year = options.say("Year fixed effect", "年份固定效应")
        unit = options.say(
            f"{place[0][:1].upper()}{place[0][1:]} fixed effect", f"{place[1]}固定效应"
        )
        answers.append((year, [c.spec.time_effects for c in columns]))
        answers.append((unit, [c.spec.unit_effects for c in columns]))
    yes, no = options.say("Yes", "是"), options.say("No", "否")
    return [[label, *(yes if value else no for value in values)] for label, values in answers]


def _controls_label(shown: Sequence[str], options: TableOptions) -> str:
    if shown:
        return options.say("Other control variables", "其他控制变量")
    return options.say(*ROLES["control"])


def _parentheses_note(columns: Sequence[_Column], words: Words, options: TableOptions) -> list[str]:
    """What the parentheses hold, how the covariance was estimated, what the stars mean."""
    kinds: dict[str, list[_Column]] = {}
    for c in columns:
        if c.estimated:
            kinds.setdefault(_vcov(c.spec, words, options), []).append(c)
    if not kinds:
        return []
    if len(kinds) == 1:
        how = next(iter(kinds))
    else:
        how = options.say("; ", "；").join(
            options.say(f"{kind} in {_listed(own, options)}", f"{_listed(own, options)}{kind}")
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


def _brackets_note(columns: Sequence[_Column], options: TableOptions) -> list[str]:
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


def _vcov(spec: RegressionSpec, words: Words, options: TableOptions) -> str:
    if spec.cluster is None:
        return options.say("conventional (i.i.d. errors)", "按独立同分布误差计算（普通标准误）")
    of_column = {"region_code": words.unit, **CLUSTERS}
    english, chinese = of_column.get(spec.cluster, (spec.cluster, f" {spec.cluster} "))
    return options.say(f"clustered by {english}", f"聚类到{chinese}层面")


def _controls_note(
    shown: Sequence[str], hidden: Sequence[str], names: _Names, options: TableOptions
) -> list[str]:
    if not hidden:
        return []
    label, listed = _controls_label(shown, options), names.listed(hidden)
    return [options.say(f"{label}: {listed}.", f"{label}：{listed}。")]


def _column_notes(columns: Sequence[_Column], names: _Names, options: TableOptions) -> list[str]:
    notes = []
    for c in columns:
        column = _listed([c], options)
        if not c.estimated:
            reason = _text(c.fit["reason"]).rstrip(".。") or options.say(
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


def _caution_notes(columns: Sequence[_Column], options: TableOptions) -> list[str]:
    """What to know before relying on columns; columns with the same cautions share a note."""
    alike: dict[str, list[_Column]] = {}
    for c in columns:
        if c.estimated and (told := _text(c.fit.get("cautions"))):
            alike.setdefault(told, []).append(c)
    return [
        options.say(
            f"Caution, {_listed(own, options)}: {told}", f"注意，{_listed(own, options)}：{told}"
        )
        for told, own in alike.items()
    ]


def _prints_as_zero(
    columns: Sequence[_Column], terms: Sequence[str], names: _Names, options: TableOptions
) -> list[PrintsAsZero]:
    """Every printed coefficient whose decimals hide it; one factor for all columns of a term."""
    with_error = options.parentheses == "std_error"
    found: dict[tuple[str, str], list[tuple[_Column, float, float]]] = {}
    for term in terms:
        for c in columns:
            if (result := c.result(term)) is None:
                continue
            estimate, below = float(result["estimate"]), float(result[options.parentheses])
            if _hides(estimate, options) or (with_error and _hides(below, options)):
                rescaled = term if term in names.with_unit else c.spec.outcome
                found.setdefault((term, rescaled), []).append((c, estimate, below))
    warnings = []
    for (term, rescaled), cases in found.items():
        factor = max(_factor(e, b if with_error else 0.0, options) for _, e, b in cases)
        for c, estimate, below in cases:
            shown = _rounded(estimate * factor, options)
            error = _rounded(below * (factor if with_error else 1), options)
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


def _align(letters: str) -> tuple[Align, ...]:
    known: dict[str, Align] = {"l": "left", "c": "center", "w": "wrap"}
    return tuple(known[letter] for letter in letters)


def _hides(value: float, options: TableOptions) -> bool:
    return value != 0 and float(f"{value:.{options.decimals}f}") == 0


def _factor(estimate: float, std_error: float, options: TableOptions) -> int:
    """The least power of 1,000 that shows two digits of the estimate and one of its error."""
    two_digits = 10.0 ** (1 - options.decimals)
    factor = 1000
    while 0 < abs(estimate) * factor < two_digits or _hides(std_error * factor, options):
        factor *= 1000
    return factor


def _zero_notes(
    warnings: Sequence[PrintsAsZero], names: _Names, options: TableOptions
) -> list[str]:
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


def _listed(columns: Sequence[_Column], options: TableOptions) -> str:
    numbers = [f"({c.number})" for c in columns]
    plural = "s" if len(numbers) > 1 else ""
    return options.say(f"column{plural} {', '.join(numbers)}", f"列{'、'.join(numbers)}")


def _profile(columns: Sequence[_Column]) -> str:
    profiles = sorted({str(c.fit["data_profile"]) for c in columns})
    if len(profiles) > 1:
        raise ValueError(f"fits: columns of one table rest on different data: {profiles}")
    return profiles[0]


def _rounded(value: float, options: TableOptions) -> str:
    return f"{value:.{options.decimals}f}".replace("-", MINUS)


def _number(value: float | None, options: TableOptions, whole: bool = False) -> str:
    """A number for reading: integers plain where `whole`, decimals enough to differ from zero."""
    if value is None or pd.isna(value):
        return ABSENT
    if whole and float(value).is_integer():
        return f"{value:.0f}".replace("-", MINUS)
    if _hides(value, options):
        return f"{value:.{math.ceil(-math.log10(abs(value)))}f}".replace("-", MINUS)
    return _rounded(value, options)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sign(row: Row) -> str:
    return "" if "sign" not in row else "+" if row["sign"] > 0 else MINUS


def _grouped(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows whose first cell says something only where it changes."""
    firsts = [None, *(row[0] for row in rows)]
    return tuple(
        row if row[0] != before else ("", *row[1:])
        for row, before in zip(rows, firsts, strict=False)
    )


def _by_role(frame: pd.DataFrame) -> list[dict[str, Any]]:
    if unknown := sorted(set(frame["role"]) - set(ROLES)):
        raise ValueError(f"role is {unknown[0]!r}: expected one of {', '.join(ROLES)}")
    return sorted(_records(frame), key=lambda row: list(ROLES).index(row["role"]))


def _symbol(name: str, options: TableOptions, named: Name | None = None) -> str:
    """The symbol of a variable is its id; a logarithm that is named ln_X prints as ln(X)."""
    if name in options.symbols:
        return options.symbols[name]
    if named:
        return named.symbol
    return f"ln({name[3:]})" if name.startswith("ln_") and len(name) > 3 else name


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _of_study(name: str, frame: pd.DataFrame, study: str) -> pd.DataFrame:
    own = frame[frame["study"] == study]
    if own.empty:
        raise ValueError(f"{name}: no row of study {study!r}")
    return own


def _need(name: str, frame: pd.DataFrame, columns: str) -> None:
    if absent := [column for column in columns.split() if column not in frame.columns]:
        raise ValueError(f"{name} lacks the columns {', '.join(absent)}")
