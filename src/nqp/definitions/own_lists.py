"""The lists of one study with all their columns, and blanks filled by what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import pandas as pd

from nqp.definitions.folders import OF_THE_CATALOGUE, ROSTER, Folder, header_problems, with_lines
from nqp.definitions.problem import Problem
from nqp.definitions.shapes import SHAPES

# What study.csv says of the index, which a study without indicators does not have.
ABOUT_THE_INDEX = (
    "index_id", "index_symbol", "index_label_en", "index_label_zh", "winsorise_indicators",
)  # fmt: skip


@cache
def empty_list(name: str) -> pd.DataFrame:
    """A list without rows; it is shared, so copy it before writing."""
    return pd.DataFrame(columns=["study", *SHAPES[name].columns, "file", "line"], dtype=str)


def own_lists(
    folder: Folder,
    scope: Sequence[str],
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    regions: pd.DataFrame,
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The lists of one folder with all columns, and blanks filled by what they stand for."""
    study, problems = folder.study, []
    lists = {
        name: empty_list(name).copy(deep=False) for name in SHAPES if name not in OF_THE_CATALOGUE
    }
    for name, frame in folder.lists.items():
        frame = frame.copy()
        shown = str(frame.pop("file ").iloc[0]) if len(frame) else ""
        if "file " in frame:
            frame = frame.drop(columns="file ")
        if name == ROSTER:
            lists[ROSTER] = frame.assign(file=shown, line=range(2, len(frame) + 2))
            continue
        problems += header_problems(name, frame, shown or f"{folder.shown}/{name}.csv", study)
        placed = with_lines(name, frame, shown, study)
        for column in SHAPES[name].columns:
            for one, other in (("_en", "_zh"), ("_zh", "_en")):
                twin = column.removesuffix(one) + other
                if column.endswith(one) and twin in placed:
                    placed[column] = placed[column].where(placed[column] != "", placed[twin])
        for column, default in SHAPES[name].study_defaults.items():
            if name != "studies":
                placed[column] = placed[column].where(placed[column] != "", default)
        lists[name] = placed
    base = own.get(scope[1]) if len(scope) > 1 else None
    roster = lists.pop(ROSTER, None)
    # Whoever adds a column means something by it, and nothing would come of it.
    problems += [
        Problem("groupings", f"{folder.shown}/roster.csv", 1, "header", column, column,
                "region_code alone", "", "Remove the column: a row is a unit of the sample, and "
                "groups of units are for groupings.csv.", study)
        for column in (() if roster is None else map(str, roster))
        if column not in ("region_code", "file", "line")
    ]  # fmt: skip
    named = str(lists["studies"]["roster"].iloc[0]) if len(lists["studies"]) else ""
    if roster is not None and named:
        problems.append(
            Problem("studies", f"{folder.shown}/study.csv", 2, study, "roster", named,
                    "nothing, since roster.csv lists the units", "", "Keep one of the two.", study)
        )  # fmt: skip
    bases = [own[name] for name in scope[1:] if name in own]
    has_index = any(len(every["indicators"]) for every in (lists, *bases))
    if not has_index:
        problems += _about_no_index(folder, lists["studies"])
    lists["studies"] = _filled_study(folder, lists, base, roster is not None, has_index)
    level = str(lists["studies"]["level"].iloc[0]) if len(lists["studies"]) else ""
    for name in ("policies", "groupings", "neighbours", "region_aliases", "regions"):
        frame = lists[name]
        lists[name] = frame.assign(level=frame["level"].where(frame["level"] != "", level))
    lists["regions"] = _own_regions(lists["regions"], regions)
    if roster is not None or (len(lists["regions"]) and _roster_of(lists) == ROSTER):
        units = roster if roster is not None else lists["regions"]
        if "region_code" not in units:
            problems.append(
                Problem("groupings", f"{folder.shown}/roster.csv", 1, "header", "region_code", "",
                        "a column region_code", "", "Add the column.", study)
            )  # fmt: skip
        else:
            lists["groupings"] = pd.concat(
                [lists["groupings"], _as_group(study, level, units)], ignore_index=True
            )
    lists["grouping_labels"] = _with_labels(study, lists["grouping_labels"], lists["groupings"])
    return lists, problems


def _roster_of(lists: Mapping[str, pd.DataFrame]) -> str:
    return str(lists["studies"]["roster"].iloc[0]) if len(lists["studies"]) else ""


def _filled_study(
    folder: Folder,
    lists: Mapping[str, pd.DataFrame],
    base: Mapping[str, pd.DataFrame] | None,
    has_roster: bool,
    has_index: bool,
) -> pd.DataFrame:
    """The row of study.csv; blanks are those of the study extended, or else the defaults."""
    frame = lists["studies"]
    if frame.empty:
        return frame
    row = {str(key): str(value) for key, value in frame.iloc[0].items()}
    row["study"] = folder.study
    above = {} if base is None or base["studies"].empty else dict(base["studies"].iloc[0])
    for column in SHAPES["studies"].columns:
        if not row[column] and column not in ("extends", "roster"):
            row[column] = str(above.get(column, "")) or SHAPES["studies"].study_defaults.get(
                column, ""
            )
    if not row["roster"]:
        row["roster"] = (
            ROSTER
            if has_roster or (len(lists["regions"]) and not above)
            else str(above.get("roster", ""))
        )
    row["assigned_at"] = row["assigned_at"] or row["level"]
    if has_index:
        row["index_id"] = row["index_id"] or "composite_index"
        row["index_symbol"] = row["index_symbol"] or row["index_id"]
        row["index_label_en"] = row["index_label_en"] or "Composite index"
        row["index_label_zh"] = row["index_label_zh"] or "综合指数"
    else:
        row |= dict.fromkeys(ABOUT_THE_INDEX, "")
    return pd.DataFrame([row], columns=list(frame.columns), dtype=str)


def _about_no_index(folder: Folder, studies: pd.DataFrame) -> list[Problem]:
    """Cells of study.csv about an index that nothing is there to make of; of them the first."""
    said = [
        (str(row["line"]), column, str(row[column]))
        for row in studies.to_dict("records")
        for column in ABOUT_THE_INDEX
        if row[column]
    ]
    return [
        Problem("studies", f"{folder.shown}/study.csv", int(line), folder.study, column, found,
                "nothing, since the study has no indicators", "", "List them in indicators.csv, "
                "or clear the cells about the index.", folder.study)
        for line, column, found in said[:1]
    ]  # fmt: skip


def _own_regions(frame: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Units that a study brings: names fall back on the code, and a parent may be a province."""
    provinces = set(catalogue.loc[catalogue["level"] == "province", "region_code"])
    name_en = frame["name_en"].where(frame["name_en"] != "", frame["region_code"])
    name_zh = frame["name_zh"].where(frame["name_zh"] != "", name_en)
    parent = frame["parent_code"]
    return frame.assign(
        name_en=name_en,
        name_zh=name_zh,
        short_zh=frame["short_zh"].where(frame["short_zh"] != "", name_zh),
        province_code=parent.where(parent.isin(provinces), ""),
    )


def _as_group(study: str, level: str, units: pd.DataFrame) -> pd.DataFrame:
    """A roster as the group `in` of a grouping of the study's own."""
    return pd.DataFrame(
        {
            "study": study, "grouping": ROSTER, "level": level,
            "region_code": units["region_code"].str.strip(), "group_id": "in",
            "file": units["file"], "line": units["line"].astype(str),
        },
        dtype=str,
    )  # fmt: skip


def _with_labels(study: str, labels: pd.DataFrame, groupings: pd.DataFrame) -> pd.DataFrame:
    """Labels of a study's own groups; a group without one is called by its id."""
    there = set(zip(labels["grouping"], labels["group_id"], strict=True))
    groups = groupings.drop_duplicates(["grouping", "group_id"])
    missing = [
        {
            "study": study, "grouping": row["grouping"], "group_id": row["group_id"],
            "label_en": row["group_id"], "label_zh": row["group_id"], "description": "",
            "file": row["file"], "line": row["line"],
        }
        for row in groups.to_dict("records")
        if (row["grouping"], row["group_id"]) not in there
    ]  # fmt: skip
    more = pd.DataFrame(missing, columns=list(labels.columns), dtype=str)
    return pd.concat([labels, more], ignore_index=True) if missing else labels
