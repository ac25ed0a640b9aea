"""What came of the expectations as one HTML page that needs nothing beside it.

Great Expectations' own pages fetch scripts and styles from five sites; this one opens offline, says
the reason of each rule and the waivers, and looks like the report it is linked from.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

# Shared with the page of figures and tables.
STYLE = """\
body { max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; background: #fff;
  font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 1.5em } h2 span { display: block }
h2 { margin-top: 2.5em; border-bottom: 1px solid #999; font-size: 1.25em } h3 { font-size: 1em }
.mark { padding: .6em 1em; border: 2px solid #D55E00; font-weight: bold }
:lang(zh) { font-style: normal }
a { color: #0059a8 }
"""
# By outcome, the worst first.
OUTCOMES = {
    "unchecked": "无法检验",
    "failed": "不符",
    "waived": "已豁免",
    "warned": "警告",
    "noted": "提示",
    "held": "符合",
    "no rows": "无数据",
}
# Outcomes that need no attention.
QUIET = ("held", "no rows")


def outcome(row: Mapping[str, str]) -> str:
    """One of `OUTCOMES`: what the status of a rule means for the build."""
    match row["status"]:
        case "error":
            return "unchecked"
        case "failed":
            return {"critical": "failed", "warning": "warned"}.get(row["severity"], "noted")
        case "passed":
            return "held"
    return row["status"]


def in_short(results: pd.DataFrame) -> str:
    """How many expectations hold, fail and had no rows: as macros/gate.sql ends a build.

    results: a row per rule and study, columns as `nqp.quality.expectations.COLUMNS`.
    """
    counts = results["status"].value_counts()
    hold, failed, error, waived, empty = (
        int(counts.get(name, 0)) for name in ("passed", "failed", "error", "waived", "no rows")
    )
    critical = error + int(
        ((results["status"] == "failed") & (results["severity"] == "critical")).sum()
    )
    studies = results.loc[results["study"] != "", "study"].nunique()
    parts = [
        f"{hold} expectations hold",
        f"{failed + error} fail" + (f" ({critical or 'none'} critical)" if failed + error else ""),
        *([f"{waived} waived on record"] if waived else []),
        f"{empty} had no rows",
    ]
    return f"{', '.join(parts)} (in {studies} {'study' if studies == 1 else 'studies'})"


def by_outcome(results: pd.DataFrame) -> dict[str, list[dict[str, str]]]:
    """The rows of a check by outcome, the worst first; blanks are ''.

    results: a row per rule and study, columns as `nqp.quality.expectations.COLUMNS`.
    """
    found: dict[str, list[dict[str, str]]] = {name: [] for name in OUTCOMES}
    for values in results.astype(object).where(results.notna(), "").to_dict("records"):
        row = {str(key): str(value) for key, value in values.items()}
        found[outcome(row)].append(row)
    return {name: rows for name, rows in found.items() if rows}


def page(results: pd.DataFrame, profile: str, profiles: pd.DataFrame) -> str:
    """The page of one check, which is that of a data profile.

    results: a row per rule and study, columns as `nqp.quality.expectations.COLUMNS`. profiles: as
    ``intermediate.study_profiles``; of the studies in `results` those on simulated data are named.
    """
    made_up = set(profiles.loc[profiles["data_profile"] == "simulated", "study"])
    outcomes = by_outcome(results)
    rows = [{**row, "outcome": name} for name, own in outcomes.items() for row in own]
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(PAGE)
        .render(
            style=Markup(STYLE),
            profile=profile,
            simulated=sorted(made_up & set(results["study"])),
            in_short=in_short(results),
            outcomes={name: len(own) for name, own in outcomes.items()},
            chinese=OUTCOMES,
            rows=rows,
            listed=[row for row in rows if row["outcome"] not in QUIET],
            relations=sorted({row["relation"] for row in rows}),
        )
    )


PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nqp: checks of the figures, {{ profile }} data</title>
<style>
{{ style }}
ul.counts { padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .4em 1.5em }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .9em }
th, td { padding: .5em .6em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
th { border-bottom: 1px solid #999 } th:first-child { width: 31% } th:last-child { width: 28% }
td p { margin: .3em 0 0 } .rule { font-family: ui-monospace, monospace }
.outcome { font-weight: bold; white-space: nowrap }
.failed .outcome, .unchecked .outcome { color: #a83a00 } .warned .outcome { color: #7a5c00 }
.waived .outcome { color: #7a3a6a } .held .outcome { color: #00664d }
.failed td, .unchecked td { background: #fdf1ea } .waived td { background: #f9f0f6 }
.quiet { color: #555 }
@media (max-width: 45em) {
  thead { display: none } table, tbody, tr, td { display: block } tr { padding: .6em 0 }
  td { border: 0; padding: .2em .4em } tr { border-bottom: 1px solid #ddd } }
</style>
</head>
<body>
<h1>Checks of the figures <span lang="zh">数据检验</span>: {{ profile }} data</h1>
{% if simulated %}
<p class="mark">Simulated data, not evidence 模拟数据，不可作为证据:
{{ simulated | join(", ") }}</p>
{% endif %}
<p>What is expected of the figures before anything is estimated. A critical expectation that
fails stops the build; a warning never does. Each rule is put to one study at a time. The rules
and their reasons are in <code>expectations/</code>, of the product and of a study, the failures
accepted on record in <code>waivers.csv</code>.</p>
<p>{{ in_short }}.</p>
<ul class="counts">
{% for name, count in outcomes.items() %}
<li class="{{ name | replace(' ', '_') }}"><span class="outcome">{{ count }} {{ name }}</span>
  <span lang="zh">{{ chinese[name] }}</span></li>
{% endfor %}
</ul>
{% if listed %}
<ul>
{% for row in listed %}
<li class="{{ row.outcome }}"><span class="outcome">{{ row.outcome }}</span>
  <a href="#{{ row.study }}.{{ row.rule }}">
  {{- row.study }} {{ row.relation }}: {{ row.rule }}</a></li>
{% endfor %}
</ul>
{% endif %}
{% for relation in relations %}
<h2 id="{{ relation }}">{{ relation }}</h2>
<table>
<thead><tr><th>Rule <span lang="zh">规则</span></th>
<th>Expected and found <span lang="zh">预期与实际</span></th>
<th>Reason <span lang="zh">理由</span></th></tr></thead>
<tbody>
{% for row in rows if row.relation == relation %}
<tr id="{{ row.study }}.{{ row.rule }}" class="{{ row.outcome | replace(' ', '_') }}">
<td><span class="rule">{{ row.rule }}</span>
<p>{{ row.study }}</p>
<p><span class="outcome">{{ row.outcome }}</span> <span lang="zh">{{ chinese[row.outcome] }}</span>
<span class="quiet">({{ row.severity }})</span></p></td>
<td>{{ row.expected }}
<p><b>Found</b> <span lang="zh">实际</span>: {{ row.observed }}</p>
{% if row.unexpected_keys %}
<p class="quiet">{{ row.unexpected_keys.split("; ") | join("<br>" | safe) }}</p>
{% endif %}
{% if row.waiver %}
<p><b>Waiver</b> <span lang="zh">豁免</span>: {{ row.waiver }}</p>
{% endif %}
</td>
<td>{{ row.reason }}</td>
</tr>
{% endfor %}
</tbody>
</table>
{% endfor %}
</body>
</html>
"""
