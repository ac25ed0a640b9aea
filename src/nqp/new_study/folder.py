"""The lists of a new study's folder, and the folder itself."""

from __future__ import annotations

import csv
import hashlib
import math
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from nqp.ingest import MANIFEST_COLUMNS
from nqp.new_study.data import NewStudyError, figure, heading_key, listed
from nqp.new_study.draft import Draft
from nqp.new_study.variable_answers import column_name

STUDY_ID = re.compile("[a-z][a-z0-9_]*")
# The name that marts.panel_long has.
TAKEN_IDS = ("long",)
# A year before treatment is what the event study compares with.
REFERENCE = -1
OWN_UNIT = "as_given"
MORE_MANIFEST_COLUMNS = ("optional", "data_profile", "year")

List = list[dict[str, object]]


@dataclass(frozen=True)
class Variable:
    """A column of the file as variable of the study and as series; unit as units.csv calls it."""

    heading: str
    variable_id: str
    series_id: str
    role: str
    unit: str
    lowest: float
    highest: float


def check_id(study: str, shipped: frozenset[str] = frozenset()) -> None:
    """Raises NewStudyError where a study cannot be called so."""
    if not STUDY_ID.fullmatch(study) or study in TAKEN_IDS:
        raise NewStudyError(
            f"a study cannot be called {study!r}: expected small letters, digits and '_' after a "
            "first letter, and not `long`."
        )
    if study in shipped:
        raise NewStudyError(
            f"a study called {study} ships already, and both would have one id. Choose another."
        )


def write_study(draft: Draft, into: Path) -> Path:
    """Write the folder ``into/<study>`` with everything it needs; returns its path.

    It appears whole or not at all. Raises NewStudyError where it is there already, OSError where
    it cannot be written.
    """
    check_id(draft.study, draft.catalogue.studies)
    folder = into / draft.study
    if folder.exists() or folder.is_symlink():
        raise NewStudyError(f"{folder} is there already. Choose another id, or another --into.")
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{draft.study}.", dir=into) as beside:
        new = Path(beside) / draft.study
        (new / "data").mkdir(parents=True)
        copy = new / "data" / draft.table.name
        shutil.copyfile(draft.table.path, copy)
        with copy.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        lists = lists_of(draft, digest)
        for name, rows in lists.items():
            with (new / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        (new / "README.md").write_text(readme(draft, lists, folder), encoding="utf-8")
        new.rename(folder)
    return folder


def lists_of(draft: Draft, digest: str) -> dict[str, List]:
    """The lists of the folder by file, each with at least one row."""
    variables = variables_of(draft)
    lists: dict[str, List] = {"study.csv": [_study(draft, variables[0])]}
    if draft.level not in draft.catalogue.regions:
        lists["regions.csv"] = [
            {"region_code": r.code, "name_zh": r.name_zh, "name_en": r.name_en, "parent_code": ""}
            for r in draft.regions.values()
        ]
        if draft.totals:
            lists["aliases.csv"] = [{"alias": t, "kind": "aggregate"} for t in draft.totals]
    lists["roster.csv"] = [{"region_code": code} for code in draft.regions]
    lists["policies.csv"] = _policies(draft)
    if any(variable.unit == _own_unit(draft) for variable in variables):
        lists["units.csv"] = [
            {"unit": _own_unit(draft), "dimension": _own_unit(draft), "factor": 1,
             "label_en": f"as in {draft.table.name}", "label_zh": "与文件相同"}
        ]  # fmt: skip
    lists["series.csv"] = [
        {"series_id": v.series_id, "label_en": v.heading, "label_zh": v.heading, "unit": v.unit,
         "source_book": draft.table.name, "gap_rule": "none", "end_rule": "none",
         "lowest": f"{v.lowest:g}", "highest": f"{v.highest:g}"}
        for v in variables
    ]  # fmt: skip
    lists["variables.csv"] = [
        {"variable_id": v.variable_id, "role": v.role, "label_en": v.heading,
         "label_zh": v.heading, "unit_label": "", "numerator": v.series_id, "denominator": "",
         "scale": 1, "transform": "level"}
        for v in variables
    ]  # fmt: skip
    lists["manifest.csv"] = [_manifest_row(draft, variable, digest) for variable in variables]
    lists["regression_specs.csv"] = _regressions(draft, variables)
    if has_event_study(draft):
        lists["event_study_specs.csv"] = [
            {"event_study_id": f"{draft.study}.es.m1", "base_spec": f"{draft.study}.t1.c1",
             "reference": REFERENCE, "reference_kind": "relative", "as_published": "false",
             "title_en": "Event study (reference: the year before)",
             "title_zh": "平行趋势检验（基期为政策前一年）"}
        ]  # fmt: skip
    lists["table_specs.csv"] = [
        {"table_id": f"{draft.study}_table{number}", "kind": kind, "table_number": number,
         "title_en": title_en, "title_zh": title_zh, "controls": "all"}
        for number, kind, title_en, title_zh in (
            ("1", "regression", "Baseline regressions", "基准回归结果"),
            ("2", "descriptive", "Descriptive statistics", "描述性统计"),
            ("A1", "definition", "Definitions of the variables", "变量定义"),
        )
    ]  # fmt: skip
    lists["figure_specs.csv"] = _figures(draft, variables[0])
    return lists


# --- what the lists say -------------------------------------------------------------------------


def variables_of(draft: Draft) -> list[Variable]:
    """The outcome, then the controls, each with an id that no other column of the panel has."""
    taken = {draft.policy.lower()}
    found = []
    for position, heading in enumerate((draft.outcome, *draft.controls)):
        role = "control" if position else "outcome"
        name = column_name(heading, f"{role}_{position}" if position else role)
        base, number = name, 2
        while name.lower() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.lower())
        values = [text for *_, text in draft.values(heading)]
        lowest, highest = _range([v for v in map(figure, values) if v is not None])
        found.append(
            Variable(heading, name, f"{draft.study}_{name}", role, _unit(draft, heading, values),
                     lowest, highest)
        )  # fmt: skip
    return found


def _unit(draft: Draft, heading: str, values: Sequence[str]) -> str:
    """The catalogue's unit that a heading names in brackets or behind a slash, else an own one."""
    key = heading_key(heading)
    said = re.search(r"\(([^()]*)\)$|/([^()/]*)$", key)
    if said and (unit := draft.catalogue.units.get(said[1] or said[2] or "")):
        return unit
    # 12.5% is read as a share only where the column is said to hold shares.
    return "percent" if any(value.endswith("%") for value in values) else _own_unit(draft)


def _own_unit(draft: Draft) -> str:
    return f"{draft.study}_{OWN_UNIT}"


def _range(figures: Sequence[float]) -> tuple[float, float]:
    """Wide bounds of what is possible: ten times as far as the figures go, and from 0 where none
    is negative."""
    reach = max(map(abs, figures)) or 1.0
    highest = 10.0 ** (math.ceil(math.log10(reach)) + 1)
    return (0.0 if min(figures) >= 0 else -highest), highest


def _study(draft: Draft, outcome: Variable) -> dict[str, object]:
    window, n = draft.window, len(draft.regions)
    years = f"{window[0]}–{window[-1]}"
    return {
        "title_en": f"{draft.policy} and {outcome.heading}: {n} units of level {draft.level}, "
        f"{years}",
        "title_zh": f"{draft.policy}与{outcome.heading}：{n}个{draft.level}，{years}",
        "extends": "", "profiles": "*", "level": draft.level, "assigned_at": draft.level,
        "first_year": window[0], "last_year": window[-1], "roster": "", "policy": draft.policy,
        "policy_variant": "main", "coding_rule": "approval_year", "apply_corrections": "true",
        "impute": "false", "winsorise_indicators": "", "headline_method": "", "index_id": "",
        "index_symbol": "", "index_label_en": "", "index_label_zh": "",
    }  # fmt: skip


def _policies(draft: Draft) -> List:
    cohorts = sorted(set(draft.first_treated.values()))
    return [
        {"policy": draft.policy, "variant": "main", "level": draft.level, "region_code": code,
         "date": f"{year}-01-01", "batch": cohorts.index(year) + 1,
         "document": f"first treated year as in {draft.first_treated_from} / 首个处理年份"}
        for code, year in sorted(draft.first_treated.items(), key=lambda item: item[::-1])
    ]  # fmt: skip


def _manifest_row(draft: Draft, variable: Variable, digest: str) -> dict[str, object]:
    table = draft.table
    row: dict[str, object] = dict.fromkeys((*MANIFEST_COLUMNS, *MORE_MANIFEST_COLUMNS), "")
    return row | {
        "source_id": f"{draft.study}_data", "file": f"{table.name}", "sheet": table.sheet,
        "layout": "long_panel", "level": draft.level, "header": table.header_row,
        "region_key": _key(draft, draft.region_column), "year_key": _key(draft, draft.year_column),
        "item": variable.heading, "series_id": variable.series_id, "unit": variable.unit,
        "priority": 1, "sha256": digest, "optional": "false", "data_profile": "own",
    }  # fmt: skip


def _key(draft: Draft, heading: str) -> str:
    """A key column by its heading; by its number where the heading would be read as one."""
    position = draft.table.headings.index(heading) + 1
    return f"#{position}" if heading.startswith("#") else heading


def _regressions(draft: Draft, variables: Sequence[Variable]) -> List:
    outcome, *controls = variables
    columns = [("", "Unit and year effects", "地区与年份固定效应")]
    if controls:
        terms = " + ".join(control.variable_id for control in controls)
        columns.append((terms, "With controls", "加入控制变量"))
    return [
        {"spec_id": f"{draft.study}.t1.c{number}", "table_number": 1, "column_number": number,
         "title_en": title_en, "title_zh": title_zh, "outcome": outcome.variable_id,
         "treatment": draft.policy, "controls": terms, "unit_effects": "true",
         "time_effects": "true", "vcov": "clustered", "cluster": "region_code",
         "constant": "mean", "grouping": "", "group_id": "", "first_year": "", "last_year": "",
         "matching": "", "winsor_lower": "", "winsor_upper": "", "winsor_by": "",
         "compares_with": ""}
        for number, (terms, title_en, title_zh) in enumerate(columns, 1)
    ]  # fmt: skip


def has_event_study(draft: Draft) -> bool:
    """Whether a treated unit has its reference year among the years, and some are never treated."""
    leads = any(year + REFERENCE in draft.window for year in draft.first_treated.values())
    return leads and len(draft.first_treated) < len(draft.regions)


def _figures(draft: Draft, outcome: Variable) -> List:
    name, policy = outcome.heading, draft.policy
    figures = [
        ("means", "index_over_time", outcome.variable_id,
         f"Mean of {name} in treated and other regions", f"处理地区与其他地区{name}的均值"),
        ("coefficients", "coefficients", policy,
         f"Effect of {policy} in every specification, with 90 % and 95 % intervals",
         f"各模型中{policy}的系数及90%、95%置信区间"),
    ]  # fmt: skip
    if has_event_study(draft):
        figures.insert(1, (
            "event_study", "event_study", f"{draft.study}.es.m1",
            f"Effect of {policy} on {name} by year, the year before it as reference",
            f"{policy}对{name}的逐年影响（基期为政策前一年）",
        ))  # fmt: skip
    return [
        {"figure_id": f"{draft.study}_{kind_name}", "kind": kind, "subject": subject,
         "caption_en": caption_en, "caption_zh": caption_zh}
        for kind_name, kind, subject, caption_en, caption_zh in figures
    ]  # fmt: skip


# --- the page that explains them ----------------------------------------------------------------

EXPLAINED = {
    "study.csv": (
        "title, level, years, policy; `assigned_at` is the level the policy was assigned at",
        "标题、层级、年份与政策；`assigned_at` 为政策实施的层级",
    ),
    "regions.csv": (
        "the units: code, names, and the one they lie in (`parent_code`)",
        "研究单位：代码、名称及上级单位",
    ),
    "aliases.csv": (
        "other ways to write a unit, and totals, which are no units (kind `aggregate`)",
        "单位的其他写法；合计（`aggregate`）不是单位",
    ),
    "roster.csv": (
        "the units in the sample: delete a row to leave one out", "样本单位：删行即剔除",
    ),
    "policies.csv": ("treated units and the day treatment began", "处理单位及政策日期"),
    "units.csv": ("units of measurement of your own", "自有计量单位"),
    "series.csv": (
        "the raw figures: label, unit, possible range, whether gaps are filled",
        "原始序列：名称、单位、可能范围、是否插值",
    ),
    "variables.csv": (
        "outcome and controls from series: sum, ratio (`denominator`), `ln`",
        "由序列定义的结果变量与控制变量：加总、比值、对数",
    ),
    "manifest.csv": (
        "which series is in which column of which file", "各序列所在的文件与列",
    ),
    "regression_specs.csv": (
        "a row per column of a regression table", "回归表的每一列为一行",
    ),
    "event_study_specs.csv": ("event studies", "事件研究（平行趋势）"),
    "table_specs.csv": ("tables of the report", "报告中的表"),
    "figure_specs.csv": ("figures of the report", "报告中的图"),
    "data/": ("the data file as it was; it is never changed", "原始数据文件，不作改动"),
}  # fmt: skip


def readme(draft: Draft, lists: Mapping[str, List], folder: Path) -> str:
    """The folder's README: what each file says, and what to do next."""
    study, window, treated = draft.study, draft.window, draft.first_treated
    files = "\n".join(
        f"| `{name}` | {en} | {zh} |"
        for name, (en, zh) in EXPLAINED.items()
        if name in lists or name == "data/"
    )
    event = (
        f"`{study}.es.m1` is the event study."
        if has_event_study(draft)
        else "There is no event study: it needs a year before treatment and units never treated."
    )
    template = resources.files("nqp.new_study").joinpath("README.template.md")
    return Template(template.read_text(encoding="utf-8")).substitute(
        study=study,
        n_units=len(draft.regions),
        level=draft.level,
        named=f" (named by column {draft.name_column})" if draft.name_column else "",
        first_year=window[0],
        last_year=window[-1],
        n_treated=len(treated),
        policy=draft.policy,
        cohorts=listed(sorted(set(treated.values()))),
        told_by=draft.first_treated_from,
        outcome=draft.outcome,
        controls=listed(draft.controls) or "none",
        file=draft.table.name,
        folder=_quoted(folder),
        files=files,
        second="; `c2` adds the controls" if draft.controls else "",
        event=event,
    )


def _quoted(path: Path) -> str:
    text = str(path.absolute())
    return f'"{text}"' if re.search(r"[\s'()&;]", text) else text
