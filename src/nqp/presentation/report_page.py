"""The page of the report: a section for each study, with its conclusions, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from nqp.presentation import data_docs, table_formats, tables
from nqp.presentation.event_study_notes import Both, event_study_notes
from nqp.presentation.figure_style import MARK
from nqp.presentation.regression_notes import METHODS
from nqp.presentation.tables import records

Row = Mapping[str, Any]

Frames = Mapping[str, pd.DataFrame]

LANGUAGES: tuple[tables.Language, ...] = ("en", "zh")


def waivers_of(frames: Frames, study: str) -> str:
    """The failed checks that a study rests on, as its results name them."""
    results = (frames[name] for name in ("figures", "fits", "descriptives"))
    named = [rows.loc[rows["study"] == study, "waivers"].dropna() for rows in results]
    return "; ".join(dict.fromkeys(text for texts in named for text in texts))


def profile_of(frames: Frames, study: str) -> str:
    """The data profile of a study. Raises ValueError where no result has it."""
    profiles = frames["profiles"]
    own = profiles.loc[profiles["study"] == study, "data_profile"]
    if own.empty:
        raise ValueError(f"intermediate.study_profiles does not say what {study} rests on")
    return str(own.iloc[0])


def _section(
    study: Row, frames: Frames, printed: Mapping[str, Mapping[str, tables.Table]]
) -> dict[str, Any]:
    """What the page shows of a study."""
    name = study["study"]
    asked, specs = (
        [row for row in records(frames[kind]) if row["study"] == name]
        for kind in ("figures", "table_specs")
    )
    profile = profile_of(frames, name)
    return {
        **study,
        "simulated": profile == "simulated",
        "data": _data(profile),
        "waivers": waivers_of(frames, name),
        "conclusions": [row for row in records(frames["conclusions"]) if row["study"] == name],
        "channels": list(_channels(name, frames)),
        "differences": [
            row
            for row in records(frames["heterogeneity"])
            if row["study"] == name and row["status"] == "estimated"
        ],
        "drawn": [
            {**row, "notes": _notes(row, frames)} for row in asked if row["status"] == "estimated"
        ],
        "not_drawn": [row for row in asked if row["status"] != "estimated"],
        "tables": [{"id": row["table_id"], **printed[row["table_id"]]} for row in specs],
    }


def _notes(figure: Row, frames: Frames) -> list[Both]:
    """What stands below a figure."""
    if figure["kind"] != "event_study":
        return []
    tests, honest = (
        frames[name][frames[name]["event_study_id"] == figure["subject"]]
        for name in ("event_study_tests", "honest_did")
    )
    return event_study_notes(tests, honest)


def _channels(study: str, frames: Frames) -> Iterator[Row]:
    """The steps of each mediation, and after them the indirect effect with its tests."""
    steps = records(frames["mediation_steps"])
    for whole in records(frames["mediation"]):
        if whole["study"] != study or whole["status"] != "estimated":
            continue
        own = [row for row in steps if row["mediation_id"] == whole["mediation_id"]]
        indirect = {
            "outcome": own[-1]["outcome"], "estimate": whole["indirect_effect"],
            "p_value": whole["sobel_p"], "assignment_p": whole["joint_p"],
        }  # fmt: skip
        for row in (*own, indirect):
            yield row | {"mediator": whole["mediator"]}


def page_of(frames: Frames, printed: Mapping[str, Mapping[str, tables.Table]], profile: str) -> str:
    studies = [_section(study, frames, printed) for study in records(frames["studies"])]
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(PAGE)
        .render(
            studies=[s for s in studies if s["drawn"] or s["not_drawn"] or s["tables"]],
            profile=profile,
            style=Markup(data_docs.STYLE),
            mark=" ".join(MARK),
            html=lambda table: Markup(table_formats.to_html(table, fragment=True)),
            languages=LANGUAGES,
            methods=METHODS,
            verdicts=VERDICTS,
            is_known=pd.notna,
            number=lambda value: "" if pd.isna(value) else f"{value:.4f}",
            p_value=lambda value: "" if pd.isna(value) else f"{value:.3f}",
            text=tables.text_or_blank,
            formats=("docx", "tex", "html", "md"),
        )
    )


def _data(profile: str) -> list[str]:
    """Which data these are, in both languages."""
    options = (tables.TableOptions(language=language) for language in LANGUAGES)
    return [tables.data_notes(profile, one)[0] for one in options]


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
figcaption, .files, .absent, .notes { font-size: .9em } .files { color: #555 }
.table { overflow-x: auto; margin: 2em 0 }
.verdict { min-width: 9em } td[colspan] { min-width: 30em }
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
<th class="verdict">At 5&nbsp;% <span lang="zh">5%水平</span></th></tr></thead>
<tbody>
{% endif %}
<tr{% if row.conclusion in ("does not hold", "cannot be shown") %} class="mark"{% endif %}>
<td>{{ row.table_number }}.{{ row.column_number }}</td><td>{{ row.outcome }}</td>
<td>{{ number(row.estimate) }}</td><td>{{ p_value(row.own_p_value) }}</td>
<td>{{ p_value(row.headline_p_value) }}</td><td>{{ number(row.mde) }}</td>
<td>{{ row.conclusion }} <span lang="zh">{{ verdicts[row.conclusion] }}</span></td></tr>
{% if is_known(row.group_time_estimate) or is_known(row.imputation_estimate) %}
<tr><td></td><td colspan="6" class="notes">The policy comes in several years, which the effect above
mixes. Group-time average <span lang="zh">组别—时期平均</span>:
{{ number(row.group_time_estimate) }} (p {{ p_value(row.group_time_p_value) }});
imputation <span lang="zh">插补估计</span>:
{{ number(row.imputation_estimate) }} (p {{ p_value(row.imputation_p_value) }}).
<span lang="zh">政策分批实施，上面的双向固定效应系数混合了不同批次的比较。</span></td></tr>
{% endif %}
{% if loop.last %}
</tbody></table></div>
{% endif %}
{% endfor %}
{% for row in study.channels %}
{% if loop.first %}
<h3>Through what it works <span lang="zh">作用渠道</span></h3>
<p>The effect on the mediator first, without which nothing runs through it; then the steps as papers
print them, and the indirect effect. p-values by the columns' own standard errors (of the indirect
effect by Sobel), and by the wild cluster bootstrap at the level at which the policy was assigned.
<span lang="zh">先看对中介变量的效应，再看逐步回归与中介效应；p值分别依据各列自身标准误
（中介效应为Sobel检验）与政策实施层级上的野聚类自助法。</span></p>
<div class="table"><table>
<thead><tr><th>Mediator <span lang="zh">中介变量</span></th>
<th>Outcome <span lang="zh">被解释变量</span></th><th>Of <span lang="zh">解释变量</span></th>
<th>Effect <span lang="zh">系数</span></th><th>p, own <span lang="zh">自身p值</span></th>
<th>p, assignment <span lang="zh">实施层级p值</span></th></tr></thead>
<tbody>
{% endif %}
<tr><td>{{ row.mediator }}</td><td>{{ row.outcome }}</td>
<td>{% if text(row.term) %}{{ row.term }}{% else %}
indirect <span lang="zh">中介效应</span>{% endif %}</td>
<td>{{ number(row.estimate) }}</td><td>{{ p_value(row.p_value) }}</td>
<td>{{ p_value(row.assignment_p) }}</td></tr>
{% if loop.last %}
</tbody></table></div>
{% endif %}
{% endfor %}
{% for row in study.differences %}
{% if loop.first %}
<h3>Differences between subgroups <span lang="zh">组间差异</span></h3>
<p>p-values by the columns' own standard errors; by CR2 at the level at which the policy was
assigned, everything interacted; with the assignment drawn again for both.
<span lang="zh">p值依据各列自身标准误、政策实施层级上的CR2标准误，以及重新抽取政策分配。</span></p>
<div class="table"><table>
<thead><tr><th>Columns <span lang="zh">列</span></th>
<th>Difference <span lang="zh">系数差</span></th>
<th>p, own <span lang="zh">自身p值</span></th><th>p, CR2 <span lang="zh">CR2 p值</span></th>
<th>p, drawn again <span lang="zh">置换p值</span></th></tr></thead>
<tbody>
{% endif %}
<tr><td>{{ row.spec_a }} − {{ row.spec_b }}</td><td>{{ number(row.difference) }}</td>
<td>{{ p_value(row.p_value) }}</td>
<td>{{ p_value(row.assignment_p_value) }}{{ text(row.assignment_reason) }}</td>
<td>{{ p_value(row.permutation_p_value) }}{{ text(row.permutation_reason) }}</td></tr>
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
{% for en, zh in figure.notes %}
{% if loop.first %}
<ul class="notes">
{% endif %}
<li>{{ en }} <span lang="zh">{{ zh }}</span></li>
{% if loop.last %}
</ul>
{% endif %}
{% endfor %}
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
