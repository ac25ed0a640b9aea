"""The figures that a study's folder keeps of its paper (`published/`), in the tidy form."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from nqp.audit.declared import DECLARED
from nqp.audit.printed import Paper, Place, PrintedError
from nqp.audit.tidy import Row, papers

FILES = ("coefficients", "fits", "descriptives")

Lines = Iterable[Mapping[str, object]]


def published_papers(coefficients: Lines, fits: Lines, descriptives: Lines) -> list[Paper]:
    """The papers of the lists that studies publish, one a study, with texts as printed."""
    fit_rows = [_texts(line) for line in fits]
    columns = {(r["study"], r["spec_id"]): _fit(r) for r in fit_rows}
    rows = list(columns.values())
    for line in coefficients:
        found = _texts(line)
        row = _key(found) | {
            "outcome": found["outcome"],
            "term": found["term"],
            "estimate_printed": found["estimate_printed"],
            "parenthesis_printed": found["std_error_printed"],
            "parenthesis": found.get("parenthesis", "") or "se",
            "stars": "*" * int(float(found["stars"] or 0)),
        }
        fit = columns.get((found["study"], found["spec_id"]))
        rows.append(row | ({"panel": fit["panel"]} if fit else {}))
    described = [
        {
            "paper": found["study"],
            "variable": found["variable_id"],
            "table_number": found["table_number"],
            "n_obs": found["n_obs"],
            "kind": found.get("kind", ""),
            **{
                f"{name}_printed": found[f"{name}_printed"] or found[name]
                for name in ("mean", "std_dev", "minimum", "maximum")
            },
        }
        for found in map(_texts, descriptives)
    ]
    rows.sort(key=lambda r: (r["paper"], _order(r["table_number"]), _order(r["column_number"])))
    return papers(_rows(rows), _rows(described))


def read_published(folder: Path) -> list[Paper]:
    """The paper of a study, from the lists in its folder `published`.

    Raises PrintedError where the folder has none of them.
    """
    study = folder.resolve().parent.name
    lists: dict[str, list[dict[str, str]]] = {}
    for name in FILES:
        path = folder / f"{name}.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
        lists[name] = [{**line, "study": study} for line in csv.DictReader(lines)]
    if not any(lists.values()):
        raise PrintedError(
            f"{folder} has no {', '.join(f'{name}.csv' for name in FILES)}. Name a file of tables, "
            "or the folder `published` of a study."
        )
    try:
        return published_papers(*(lists[name] for name in FILES))
    except KeyError as error:
        raise PrintedError(f"{folder}: a list lacks the column {error}. Add it.") from error


def _fit(found: Mapping[str, str]) -> dict[str, str]:
    return _key(found) | {
        "outcome": found["outcome"],
        "panel": found.get("panel", ""),
        "n_obs": found["n_obs"],
        "r2": found["r2_printed"] or found["r2"],
        "r2_adj": found["r2_adj_printed"] or found["r2_adj"],
        "unit_effects": found["unit_effects_printed"] or found["unit_effects"],
        "time_effects": found["time_effects_printed"] or found["time_effects"],
        "controls": found["controls_printed"],
        "heading": found["heading_printed"],
        "table_title": found["table_title_printed"],
        "note": found.get("note_printed", ""),
        **{name: found.get(name, "") for name in DECLARED},
    }


def _key(found: Mapping[str, str]) -> dict[str, str]:
    return {
        "paper": found["study"],
        "table_number": found["table_number"],
        "column_number": found["column_number"],
    }


def _texts(line: Mapping[str, object]) -> dict[str, str]:
    """All cells as text; what a frame has for a blank (None, NaN, NA) is ''."""
    return {name: _text(value) for name, value in line.items()}


def _text(value: object) -> str:
    if str(value) in ("<NA>", "nan", "NaT", "None"):
        return ""
    if isinstance(value, float) and value == round(value):
        return str(round(value))
    return str(value)


def _rows(lines: Iterable[Mapping[str, str]]) -> list[Row]:
    return [
        Row(
            line,
            Place(
                f"{line['paper']}, table {line['table_number']}"
                + (f", column {line['column_number']}" if "column_number" in line else "")
            ),
        )
        for line in lines
    ]


def _order(number: str) -> tuple[float, str]:
    digits = "".join(c for c in number if c.isdigit())
    return (float(digits) if digits else float("inf"), number)
