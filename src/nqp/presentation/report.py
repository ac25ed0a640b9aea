"""The report of a built warehouse: every figure and table as files, and a page that shows them.

What is made is rows: ``results.figures`` and ``definitions.table_specs``, a section of the page for
each study that has any. The functions here read through a callable that runs SQL, so that they know
no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from nqp.presentation import data_docs, figures, table_formats, tables
from nqp.presentation.figures import Label, Look

Read = Callable[[str], pd.DataFrame]
Row = Mapping[str, Any]
Frames = Mapping[str, pd.DataFrame]

# The unit of every index: weights add up to one, and normalised values lie between 0 and 1.
INDEX_UNIT = "index, 0 to 1"
LANGUAGES: tuple[tables.Language, ...] = ("en", "zh")
# Studies and their rows come in the order in which the definitions list them.
QUERIES = {
    "figures": """
        select f.* from results.figures as f
        inner join definitions.figure_specs as s
          on f.study = s.study and f.figure_id = s.figure_id
        order by s.rowid
    """,
    "table_specs": "from definitions.table_specs",
    "studies": "from definitions.studies",
    "profiles": "from intermediate.study_profiles",
    "series": "from definitions.series",
    "units": "from definitions.units",
    "variables": "from definitions.variables",
    "indicators": "from definitions.indicators",
    "specs": "from definitions.regression_specs",
    "coefficients": """
        select c.*, f.df from results.regression_coefficients as c
        inner join results.regression_fits as f on c.spec_id = f.spec_id
    """,
    "fits": "from results.regression_fits",
    # The index is an outcome and the policy the treatment.
    "descriptives": """
        select
          d.* replace (
            case d.role when 'index' then 'outcome' when 'policy' then 'treatment' else d.role end
            as role
          )
        from results.descriptive_statistics as d
        inner join definitions.studies as s on d.study = s.study
        left join definitions.variables as v
          on d.study = v.study and d.variable_id = v.variable_id
        order by s.rowid, v.rowid
    """,
    "conclusions": """
        from results.conclusions
        order by study, table_number, column_number
    """,
    "event_study": "from results.event_study",
    "placebo_summary": "from results.placebo_summary",
    "placebo_draws": "from results.placebo_draws",
    "matched_samples": """
        select m.*, s.keep = 'weights' as weighted
        from results.matched_samples as m
        inner join definitions.matching_specs as s on m.matching_id = s.matching_id
        -- Of a matching that several samples ask for, the first.
        qualify m.sample_id = min(m.sample_id) over (partition by m.matching_id)
    """,
    "weights": """
        select w.*, i.position
        from marts.entropy_weights as w
        inner join definitions.indicators as i
          on w.study = i.study and w.indicator = i.indicator_id
        order by w.study, i.position
    """,
    "means": """
        select
          p.study, p.variable_id, p.year, u.first_treated_year is not null as treated,
          avg(p.value) as mean, count(p.value) as n_units
        from marts.panel_long as p
        inner join intermediate.study_units as u
          on p.study = u.study and p.region_code = u.region_code
        where (p.study, p.variable_id) in (
          select (study, subject) from results.figures where kind = 'index_over_time'
        )
        group by all
    """,
    "expectations": """
        from quality.expectation_results
        where run_id = (select arg_max(run_id, checked_at) from quality.expectation_results)
    """,
    "policy_years": """
        select distinct study, first_treated_year as year from intermediate.study_units
        where first_treated_year is not null
    """,
}


@dataclass(frozen=True)
class Report:
    """What was written: every file, the page that shows them, and the figures left out.

    not_drawn: figure_id and the reason. chinese: the font of the Chinese labels, if any was found.
    """

    page: Path
    files: tuple[Path, ...]
    n_figures: int
    n_tables: int
    not_drawn: tuple[tuple[str, str], ...]
    chinese: str | None


def write_report(read: Read, out: Path, *, profile: str, chinese: str | None = None) -> Report:
    """Write figures/, tables/, index.html and checks.html of a published file into `out`/`profile`.

    read: runs a query on the published file. profile: the name of that file, without its ending;
    which data a study rests on is a matter of its rows. chinese: as in
    `nqp.presentation.figures.Look`.

    Raises ValueError when a figure or a table asks for what the results do not hold.
    """
    frames = {name: read(sql) for name, sql in QUERIES.items()}
    folder = out / profile
    labels = _labels(frames)

    files: list[Path] = []
    not_drawn = []
    for row in _records(frames["figures"]):
        if row["status"] != "estimated":
            not_drawn.append((str(row["figure_id"]), str(row["reason"])))
            continue
        look = Look(str(row["data_profile"]), chinese, waived=bool(pd.notna(row["waivers"])))
        figure = draw(row, frames, labels, look)
        stem = folder / "figures" / str(row["figure_id"])
        files += figures.save(figure, stem, title=row["caption_en"], look=look)

    printed: dict[str, dict[str, tables.Table]] = {}
    for row in _records(frames["table_specs"]):
        printed[row["table_id"]] = both = {}
        for language in LANGUAGES:
            table = print_table(row, frames, language)
            both[language] = replace(table, name=f"{row['table_id']}_{language}")
            files += table_formats.write(both[language], folder / "tables")

    folder.mkdir(parents=True, exist_ok=True)
    page, checks = folder / "index.html", folder / "checks.html"
    page.write_text(_page(frames, printed, profile), encoding="utf-8")
    checked = data_docs.page(frames["expectations"], profile, frames["profiles"])
    checks.write_text(checked, encoding="utf-8")
    return Report(
        page=page,
        files=(*files, page, checks),
        n_figures=len(frames["figures"]) - len(not_drawn),
        n_tables=len(printed),
        not_drawn=tuple(not_drawn),
        chinese=chinese,
    )


def draw(row: Row, frames: Frames, labels: Mapping[tuple[str, str], Label], look: Look) -> Figure:
    """One row of ``results.figures`` as a figure.

    Raises ValueError when its kind is unknown or what it shows has no rows.
    """
    study, kind, subject = str(row["study"]), str(row["kind"]), str(row["subject"])

    def own(frame: str, **keys: str) -> pd.DataFrame:
        found = frames[frame]
        for column, value in keys.items():
            found = found[found[column] == value]
        if found.empty:
            raise ValueError(f"figure {row['figure_id']}: no rows of {keys} in {frame}")
        return found

    def outcome_of(base_spec: str) -> Label:
        return labels[study, str(own("specs", spec_id=base_spec)["outcome"].iloc[0])]

    match kind:
        case "event_study":
            rows = own("event_study", event_study_id=subject)
            outcome = outcome_of(rows["base_spec"].iloc[0])
            return figures.event_study(rows, outcome=outcome, look=look)
        case "placebo_density" | "placebo_p_values":
            summary = _records(own("placebo_summary", placebo_id=subject))[0]
            draws = own("placebo_draws", placebo_id=subject)
            outcome = outcome_of(summary["base_spec"])
            function = getattr(figures, kind)
            return cast(Figure, function(draws, summary, outcome=outcome, look=look))
        case "index_over_time":
            return figures.index_over_time(
                own("means", study=study, variable_id=subject),
                own("policy_years", study=study)["year"].astype(int).tolist(),
                variable=labels[study, subject],
                units=Label(*tables.Words.of(frames["studies"], study).units),
                look=look,
            )
        case "entropy_weights":
            return figures.entropy_weights(own("weights", study=study), look=look)
        case "propensity_overlap":
            rows = own("matched_samples", matching_id=subject)
            weighted = bool(rows["weighted"].iloc[0])
            return figures.propensity_overlap(rows, weighted=weighted, look=look)
        case "coefficients":
            rows = own("coefficients", study=study, term=subject)
            titles = frames["specs"][["spec_id", "title_en", "title_zh"]]
            outcomes = {name: labels[study, name] for name in rows["outcome"].unique()}
            rows = rows.merge(titles, on="spec_id", validate="one_to_one")
            return figures.coefficients(rows, outcomes=outcomes, look=look)
    raise ValueError(f"figure {row['figure_id']}: there is no kind {kind!r}")


def print_table(row: Row, frames: Frames, language: tables.Language) -> tables.Table:
    """One row of ``table_specs`` as a table.

    Raises ValueError as the functions of `nqp.presentation.tables` do.
    """
    study, number = str(row["study"]), str(row["table_number"])
    title = str(row[f"title_{language}"])
    controls = cast(Literal["all", "none"], row["controls"])
    waivers, profile = _waivers(frames, study), _profile(frames, study)
    told = frames["conclusions"]
    own = _records(told[told["study"] == study])
    options = tables.TableOptions(
        language=language,
        controls=controls,
        waivers=waivers,
        tested={
            (row["spec_id"], row["term"]): row["headline_p_value"]
            for row in own
            if pd.notna(row["headline_p_value"])
        },
        method=own[0]["method"] if own else "",
    )
    match row["kind"]:
        case "regression":
            return tables.regression_table(
                frames["coefficients"], frames["fits"], frames["specs"], frames["variables"],
                frames["studies"], study=study, table_number=int(number), title=title,
                options=options,
            )  # fmt: skip
        case "descriptive":
            return tables.descriptive_table(
                frames["descriptives"], frames["variables"], frames["studies"], study=study,
                data_profile=profile, title=title, table_number=number, options=options,
            )  # fmt: skip
        case "definition":
            return tables.definition_table(
                frames["variables"], frames["series"], frames["units"],
                study=study, title=title, table_number=number, options=options,
            )  # fmt: skip
        case "indicators":
            weights = frames["weights"]
            weighed = bool((weights["study"] == study).any())
            return tables.indicator_table(
                frames["indicators"], frames["series"], frames["units"], study=study, title=title,
                table_number=number, weights=weights if weighed else None,
                data_profile=profile if weighed else None, options=options,
            )  # fmt: skip
    raise ValueError(f"table {row['table_id']}: there is no kind {row['kind']!r}")


def _waivers(frames: Frames, study: str) -> str:
    """The failed checks that a study rests on, as its results name them."""
    results = (frames[name] for name in ("figures", "fits", "descriptives"))
    named = [rows.loc[rows["study"] == study, "waivers"].dropna() for rows in results]
    return "; ".join(dict.fromkeys(text for texts in named for text in texts))


def _profile(frames: Frames, study: str) -> str:
    """The data profile of a study. Raises ValueError where no result has it."""
    profiles = frames["profiles"]
    own = profiles.loc[profiles["study"] == study, "data_profile"]
    if own.empty:
        raise ValueError(f"intermediate.study_profiles does not say what {study} rests on")
    return str(own.iloc[0])


def _labels(frames: Frames) -> dict[tuple[str, str], Label]:
    """What the variables and the index of each study are called."""
    labels = {}
    studies = frames["studies"]
    for row in _records(studies[studies["index_id"].notna()]):
        index = tables.Words.of(studies, row["study"]).names[row["index_id"]]
        labels[row["study"], row["index_id"]] = Label(index.en, index.zh, INDEX_UNIT)
    for row in _records(frames["variables"]):
        unit = row["unit_label"] if pd.notna(row["unit_label"]) else ""
        label = Label(row["label_en"], row["label_zh"], unit)
        labels[row["study"], row["variable_id"]] = label
    return labels


def _section(
    study: Row, frames: Frames, printed: Mapping[str, Mapping[str, tables.Table]]
) -> dict[str, Any]:
    """What the page shows of a study."""
    name = study["study"]
    asked, specs = (
        [row for row in _records(frames[kind]) if row["study"] == name]
        for kind in ("figures", "table_specs")
    )
    profile = _profile(frames, name)
    return {
        **study,
        "simulated": profile == "simulated",
        "data": _data(profile),
        "waivers": _waivers(frames, name),
        "conclusions": [row for row in _records(frames["conclusions"]) if row["study"] == name],
        "drawn": [row for row in asked if row["status"] == "estimated"],
        "not_drawn": [row for row in asked if row["status"] != "estimated"],
        "tables": [{"id": row["table_id"], **printed[row["table_id"]]} for row in specs],
    }


def _page(frames: Frames, printed: Mapping[str, Mapping[str, tables.Table]], profile: str) -> str:
    studies = [_section(study, frames, printed) for study in _records(frames["studies"])]
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(PAGE)
        .render(
            studies=[s for s in studies if s["drawn"] or s["not_drawn"] or s["tables"]],
            profile=profile,
            style=Markup(data_docs.STYLE),
            mark=" ".join(figures.MARK),
            html=lambda table: Markup(table_formats.to_html(table, fragment=True)),
            languages=LANGUAGES,
            methods=tables.METHODS,
            verdicts=VERDICTS,
            number=lambda value: "" if pd.isna(value) else f"{value:.4f}",
            p_value=lambda value: "" if pd.isna(value) else f"{value:.3f}",
            formats=("docx", "tex", "html", "md"),
        )
    )


def _data(profile: str) -> list[str]:
    """Which data these are, in both languages."""
    options = (tables.TableOptions(language=language) for language in LANGUAGES)
    return [tables.data_notes(profile, one)[0] for one in options]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


# What results.conclusions says, in Chinese.
VERDICTS = {
    "holds": "成立",
    "does not hold": "不成立",
    "holds by the headline method alone": "仅按首选方法成立",
    "no effect is shown": "未显示效应",
    "cannot be shown": "无法检验出",
    "not tested": "未检验",
}

PAGE = """\
{%- macro in_chinese(text, english) -%}
{% if text != english %}<span lang="zh">{{ text }}</span>{% endif %}
{%- endmacro -%}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nqp: figures and tables, {{ profile }}</title>
<style>
{{ style }}
figure { margin: 2em 0 } figure img { width: 100%; height: auto }
figcaption, .files, .absent { font-size: .9em } .files { color: #555 }
.table { overflow-x: auto; margin: 2em 0 }
</style>
</head>
<body>
<h1>Figures and tables <span lang="zh">图表</span>: {{ profile }}</h1>
<nav><ul>
<li><a href="checks.html">Checks of the figures <span lang="zh">数据检验</span></a></li>
{% for study in studies %}
<li><a href="#{{ study.study }}">{{ study.title_en }}
  {{ in_chinese(study.title_zh, study.title_en) }}</a></li>
{% endfor %}
</ul></nav>
{% if not studies %}
<p>No figure and no table is asked for: rows of a study's <code>figure_specs.csv</code> and
<code>table_specs.csv</code> ask. <span lang="zh">没有指定图表。</span></p>
{% endif %}
{% for study in studies %}
<section>
<h2 id="{{ study.study }}">{{ study.title_en }}
{{ in_chinese(study.title_zh, study.title_en) }}</h2>
{% if study.simulated %}
<p class="mark">{{ mark }}</p>
{% else %}
<p class="data">{{ study.data[0] }} <span lang="zh">{{ study.data[1] }}</span></p>
{% endif %}
{% if study.waivers %}
<p class="mark">Failed checks accepted on record <span lang="zh">已豁免的检验</span>:
{{ study.waivers }}</p>
{% endif %}
{% for row in study.conclusions %}
{% if loop.first %}
<h3>Which conclusions survive <span lang="zh">哪些结论成立</span></h3>
<p>Each effect of the policy by the standard errors of its own column, and by
{{ methods[row.method][0] }} at the level at which the policy was assigned.
<span lang="zh">各列自身标准误与{{ methods[row.method][1] }}（政策实施层级）的比较。</span></p>
<div class="table"><table>
<thead><tr><th>Column <span lang="zh">列</span></th>
<th>Outcome <span lang="zh">被解释变量</span></th>
<th>Effect <span lang="zh">系数</span></th><th>p, own <span lang="zh">自身p值</span></th>
<th>p, headline <span lang="zh">首选p值</span></th><th>Smallest effect to be found
<span lang="zh">最小可检测效应</span></th>
<th>At 5&nbsp;% <span lang="zh">5%水平</span></th></tr></thead>
<tbody>
{% endif %}
<tr{% if row.conclusion in ("does not hold", "cannot be shown") %} class="mark"{% endif %}>
<td>{{ row.table_number }}.{{ row.column_number }}</td><td>{{ row.outcome }}</td>
<td>{{ number(row.estimate) }}</td><td>{{ p_value(row.own_p_value) }}</td>
<td>{{ p_value(row.headline_p_value) }}</td><td>{{ number(row.mde) }}</td>
<td>{{ row.conclusion }} <span lang="zh">{{ verdicts[row.conclusion] }}</span></td></tr>
{% if loop.last %}
</tbody></table></div>
{% endif %}
{% endfor %}
{% for table in study.tables %}
<div class="table">
{{ html(table.en) }}
<details><summary lang="zh">中文</summary>
{{ html(table.zh) }}
</details>
<p class="files">{{ table.id }}:
{% for language in languages %}{% for format in formats %}
<a href="tables/{{ table.id }}_{{ language }}.{{ format }}">{{ language }}.{{ format }}</a>
{% endfor %}{% endfor %}</p>
</div>
{% endfor %}
{% for figure in study.drawn %}
<figure id="{{ figure.figure_id }}">
<img src="figures/{{ figure.figure_id }}.png" alt="{{ figure.caption_en }}" loading="lazy">
<figcaption>{{ figure.caption_en }}.<br>{{ in_chinese(figure.caption_zh, figure.caption_en) }}
<span class="files">{{ figure.figure_id }}:
<a href="figures/{{ figure.figure_id }}.pdf">pdf</a>
<a href="figures/{{ figure.figure_id }}.png">png</a></span></figcaption>
</figure>
{% endfor %}
{% for reason, rows in study.not_drawn | groupby("reason") %}
{% if loop.first %}
<h3>Not drawn <span lang="zh">未绘制</span></h3>
{% endif %}
<p class="absent">{{ reason }}:</p>
<ul class="absent">
{% for figure in rows %}
<li>{{ figure.caption_en }} {{ in_chinese(figure.caption_zh, figure.caption_en) }}</li>
{% endfor %}
</ul>
{% endfor %}
</section>
{% endfor %}
</body>
</html>
"""
