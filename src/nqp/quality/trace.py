"""From a number of a panel back to the cells behind it, as a tree that a person reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from nqp.messages import SIMULATED, in_both, nearest
from nqp.presentation.tree import Node
from nqp.quality import trace_queries as queries
from nqp.quality.region_names import region_in_words, regions_meant
from nqp.quality.trace_derived import derivation, derived
from nqp.quality.trace_queries import Read, Row, rows

WITHOUT_PAST = "an index and its indicators are made of the years of the study"


def trace(read: Read, region: str, year: int, variable: str, *, study: str | None) -> Node:
    """The tree of one number: its formula, the figures in it, and the cell behind each figure.

    region: any name, alias or code. study: by default the first, in the order of
    ``definitions.studies``, that has a value. A study that rests on simulated data is called so.

    Raises ValueError, with the names that come nearest, for a region, variable, year or study that
    there is not.
    """
    candidates = _candidates(read, region, study)
    name = _variable(candidates, variable)
    within = [c for c in candidates if name in c["names"]]
    inside = [c for c in within if c["earliest_year"] <= year <= c["last_year"]]
    if not inside:
        spans = [f"{c['study']} covers {c['earliest_year']} to {c['last_year']}" for c in within]
        raise ValueError(f"there is no {year}: {', '.join(spans)}.")
    values: dict[str, float] = {}
    for code in {c["region_code"] for c in inside}:
        values |= {
            row["study"]: row["value"] for row in rows(read, queries.VALUES, code, year, name)
        }
    chosen = next((c for c in inside if c["study"] in values), inside[0])
    value = values.get(chosen["study"])
    before = f"{year} is before {chosen['first_year']}, the first year of the study"
    head = (
        f"{region_in_words(chosen)}, {year}, study {chosen['study']}: "
        f"{in_both(chosen['title_en'], chosen['title_zh'])}",
        *[before] * (year < chosen["first_year"]),
        *[SIMULATED] * (chosen["data_profile"] == "simulated"),
    )
    made_of = derivation(partial(rows, read), chosen["study"], name)
    if name in chosen["policies"]:
        body = _policy(read, chosen, name, value)
    elif made_of:
        body = derived(
            partial(rows, read), chosen, year, made_of, value, partial(_number, read, chosen)
        )
    elif value is None:
        body = _missing(read, chosen, year, name)
    elif name == chosen["index_id"]:
        body = _index(read, chosen, year, value)
    else:
        body = _number(read, chosen, year, name, value)
    others = ", ".join(
        f"{c['study']} {_short(values[c['study']])}"
        for c in inside
        if c is not chosen and c["study"] in values
    )
    foot = (f"In other studies (--study): {others}",) if others else ()
    return Node((*head, *foot, "", *body.lines), body.children)


# What is asked for ----------------------------------------------------------------------------


def _candidates(read: Read, region: str, study: str | None) -> list[dict[str, Any]]:
    """The studies that have the region, each with it and with the ids it defines."""
    regions = regions_meant(lambda sql, parameters: rows(read, sql, *parameters), region)
    studies = rows(read, queries.STUDIES)
    ids = [row["study"] for row in studies]
    if study is not None and study not in ids:
        raise ValueError(
            f"there is no study {study!r} in this profile{_guess(study, ids)} There are "
            f"{', '.join(ids)}."
        )
    samples = {
        (row["study"], row["level"], found["region_code"]): found
        for found in regions
        for row in rows(read, queries.SAMPLES, found["region_code"])
        if row["level"] == found["level"]
    }
    names = {
        row["study"]: [row["policy"], *([row["index_id"]] if row["index_id"] else [])]
        for row in studies
    }
    policies: dict[str, list[str]] = {row["study"]: [row["policy"]] for row in studies}
    for row in rows(read, queries.POLICIES):
        if row["policy"] not in policies.get(row["study"], [row["policy"]]):
            policies[row["study"]].append(row["policy"])
            names[row["study"]].append(row["policy"])
    for row in rows(read, queries.NAMES):
        names[row["study"]].append(row["id"])
    found = [
        {**row, **sampled, "names": names[row["study"]], "policies": policies[row["study"]]}
        for row in studies
        for (its, _, _), sampled in samples.items()
        if its == row["study"] and study in (None, its)
    ]
    if not found:
        where = f"study {study}" if study else f"any study of this profile ({', '.join(ids)})"
        raise ValueError(
            f"{', '.join(map(region_in_words, regions))} is not in the sample of {where}."
        )
    return found


def _variable(candidates: Sequence[Row], variable: str) -> str:
    """The id that is meant, whatever its case."""
    ids = {str(name).lower(): str(name) for c in candidates for name in c["names"]}
    if variable.lower() not in ids:
        studies = "; ".join(f"{c['study']}: {', '.join(c['names'])}" for c in candidates)
        raise ValueError(
            f"there is no variable {variable!r}{_guess(variable, ids.values())} There are, by "
            f"study, {studies}."
        )
    return ids[variable.lower()]


# The tree -------------------------------------------------------------------------------------


def _index(read: Read, study: Row, year: int, value: float) -> Node:
    """Weights times normalised indicators, the largest part first, each with its figures."""
    weighed = rows(read, queries.WEIGHED, study["study"], study["region_code"], year)
    definitions = {row["id"]: row for row in rows(read, queries.DEFINITIONS, study["study"])}
    traced = rows(
        read, queries.TRACE, study["study"], study["region_code"], year, study["index_id"]
    )
    defined = {
        row["id"]: row["value"]
        for row in rows(read, queries.DEFINED, study["study"], study["region_code"], year)
    }
    labels = _labels(read)
    parts = []
    for row in weighed:
        d = definitions[row["id"]]
        figure = defined[row["id"]]
        share = f" ({row['part'] / value:.1%})" if value else ""
        less = ", and less is better" if d["sign"] < 0 else ""
        lines = [
            _title(d),
            f"{_short(row['part'])}{share} = weight {_short(row['weight'])} × "
            f"{_short(row['normalised'])}: {_short(row['value'])} between "
            f"{_short(row['lowest'])} and {_short(row['highest'])}{less}",
        ]
        if figure != row["value"]:
            lines.append(f"winsorised to {_short(row['value'])} from {_short(figure)}")
        if not re.fullmatch(r"[\w@]+", formula(d)):
            lines.append(f"{_short(figure)} = {formula(d)}")
        nodes = figures([t for t in traced if t["component"] == row["id"]], labels)
        parts.append(Node(tuple(lines), nodes))
    return Node(
        (
            _index_title(study),
            f"{_short(value)} = sum of weight × normalised value over {len(parts)} indicators, the "
            "largest part first",
        ),
        tuple(parts),
    )


def _number(read: Read, study: Row, year: int, name: str, value: float) -> Node:
    definition = _definition(read, study, name)
    traced = rows(read, queries.TRACE, study["study"], study["region_code"], year, name)
    return Node(
        (_title(definition), f"{_short(value)} = {formula(definition)}"),
        figures(traced, _labels(read)),
    )


def figures(traced: Sequence[Row], labels: Mapping[str, str]) -> tuple[Node, ...]:
    """A node per term of a definition, with its cells."""
    terms: dict[tuple[str, str], list[Row]] = {}
    for row in traced:
        terms.setdefault((row["side"], row["series_ref"]), []).append(row)
    return tuple(
        Node(
            (
                f"{ref}  {labels[cells[0]['series_id']]}: {_full(cells[0]['series_value'])} "
                f"{cells[0]['unit_zh']} {cells[0]['series_unit']}{_filled(cells)}",
            ),
            tuple(_cell(row) for row in cells),
        )
        for (_, ref), cells in terms.items()
    )


def _filled(cells: Sequence[Row]) -> str:
    years = " and ".join(str(row["cell_year"]) for row in cells)
    match cells[0]["imputation"]:
        case None:
            return ""
        case "linear":
            return f", filled in: on the line between {years}"
        case _:
            return f", filled in: repeats {years}"


def _cell(row: Row) -> Node:
    """The cell as it is in the file, and what became of it on the way."""
    year = f"{row['cell_year']}: " if row["imputation"] else ""
    converted = ""
    if row["factor"] != 1 and row["value_delivered"] is not None:
        converted = (
            f" {row['file_unit_zh']} {row['file_unit']} × {_short(row['factor'])} = "
            f"{_full(row['value_delivered'])}"
        )
    lines = [
        f"{year}{row['address']}: "
        f"{json.dumps(row['text'], ensure_ascii=False)}{converted} [{_source(row)}]"
    ]
    if row["repair"]:
        lines.append(f"repaired in reading: {row['repair']}")
    if row["corrected"]:
        lines.append(f"corrected to {_full(row['value'])}: {row['correction_reason']}")
    if row["not_used"]:
        lines.append(f"not used: {row['not_used']}")
    return Node(tuple(lines))


def _source(row: Row) -> str:
    return f"{row['source_id']}, {row['vintage']}" if row["vintage"] else row["source_id"]


def _policy(read: Read, study: Row, policy: str, value: float | None) -> Node:
    region = study["region_code"]
    (row,) = rows(
        read, queries.APPROVAL, study["study"], policy, study["policy_variant"], region,
        study["level"], region,
    )  # fmt: skip
    labels = in_both(row["policy_label_en"], row["policy_label_zh"])
    head = f"{policy}  {labels or 'policy indicator 政策虚拟变量'}"
    another = ("a policy that regressions of the study take as a control",) * (
        policy != study["policy"]
    )
    variant = f"variant {row['variant']} of policies.csv"
    document = f": {row['document']}" if row["document"] else ""
    if row["first_treated_year"] is None:
        never = f"0: never treated, since {variant} does not list the region"
        return Node((head, *another, never))
    rule = f"treated from {row['first_treated_year']:.0f} by the rule {study['coding_rule']}"
    approval = Node((f"approved {str(row['date'])[:10]}, {variant}{document}",))
    return Node((head, *another, f"{_short(value or 0)}: {rule}"), (approval,))


def _missing(read: Read, study: Row, year: int, name: str) -> Node:
    """Why there is no value: the terms without a figure, or the indicators that have none."""
    if year < study["first_year"] and name == study["index_id"]:
        return Node((_index_title(study), f"no value: {WITHOUT_PAST}"))
    if name != study["index_id"]:
        return _without(read, study, year, name)
    defined = rows(read, queries.DEFINED, study["study"], study["region_code"], year)
    lacking = [row["id"] for row in defined if row["role"] == "indicator" and row["value"] is None]
    total = sum(row["role"] == "indicator" for row in defined)
    return Node(
        (
            _index_title(study),
            f"no value: {len(lacking)} of its {total} indicators have none here",
        ),
        tuple(_without(read, study, year, name) for name in lacking),
    )


def _without(read: Read, study: Row, year: int, name: str) -> Node:
    definition, labels = _definition(read, study, name), _labels(read)
    reasons = {
        row["id"]: row["reason"]
        for row in rows(read, queries.DEFINED, study["study"], study["region_code"], year)
    }
    if year < study["first_year"]:
        reasons[name] = WITHOUT_PAST if definition["role"] == "indicator" else "no data"
    terms = rows(read, queries.TERMS, study["region_code"], year, study["study"], name)
    return Node(
        (_title(definition), f"no value: {reasons[name]}; it would be {formula(definition)}"),
        tuple(
            Node((
                f"{term['series_ref']}  {labels[term['series_id']]}: "
                + (
                    f"{_full(term['value'])} {term['unit']}"
                    if term["value"] is not None
                    else _sources(read, study, term)
                ),
            ))
            for term in terms
        ),
    )  # fmt: skip


def _sources(read: Read, study: Row, term: Row) -> str:
    """Where the figures of a term could have come from."""
    sources = rows(read, queries.SOURCES, study["study"], study["level"], term["series_id"])
    pinned, ids = term["pinned_source"], [row["source_id"] for row in sources]
    if pinned and pinned not in ids:
        return f"no source {pinned} gives this series{_guess(pinned, ids)}"
    if not sources:
        return f"no file of this profile gives this series by {study['level']}"
    spans = ", ".join(f"{s['source_id']} ({s['first_year']} to {s['last_year']})" for s in sources)
    return f"no figure of the region and year in {spans}"


def formula(definition: Row) -> str:
    """A definition as one line: ln(gdp / population × 10000)."""
    above, below = definition["numerator"], definition["denominator"]
    scaled = definition["scale"] != 1
    text = f"({above})" if "+" in above and (below or scaled) else above
    if below:
        text += f" / ({below})" if "+" in below else f" / {below}"
    if scaled:
        text += f" × {_short(definition['scale'])}"
    return {"level": text, "ln": f"ln({text})", "ln1p": f"ln(1 + {text})"}[definition["transform"]]


# Helpers --------------------------------------------------------------------------------------


def _definition(read: Read, study: Row, name: str) -> Row:
    return next(row for row in rows(read, queries.DEFINITIONS, study["study"]) if row["id"] == name)


def _labels(read: Read) -> dict[str, str]:
    return {
        row["series_id"]: in_both(row["label_en"], row["label_zh"])
        for row in rows(read, queries.SERIES)
    }


def _title(definition: Row) -> str:
    return f"{definition['id']}  {in_both(definition['label_en'], definition['label_zh'])}"


def _index_title(study: Row) -> str:
    labels = in_both(study["index_label_en"], study["index_label_zh"])
    return "  ".join(filter(None, [study["index_id"], labels]))


def _guess(found: str, known: Iterable[str]) -> str:
    guess = nearest(found, known)
    return f"; did you mean {guess}?" if guess else "."


def _short(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _full(value: float) -> str:
    """A figure with all the digits that a file would have, thousands parted."""
    return f"{value:,.12g}"
