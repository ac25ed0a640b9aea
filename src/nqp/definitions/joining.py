"""One table for each list: the rows of the catalogue and of every study.

A study that `extends` another takes over what it does not say itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from nqp.definitions.folders import Folder
from nqp.definitions.own_lists import empty_list, own_lists
from nqp.definitions.problem import Problem
from nqp.definitions.shapes import SHAPES

# What a row says of a study that takes it over from another: a row of its own with the same values
# here comes in its place. All indicators together are one system.
INHERITED = {
    "indicators": (),
    "variables": ("variable_id",),
    "policies": ("policy", "variant", "level"),
    "grouping_labels": ("grouping",),
    "groupings": ("grouping",),
    "neighbours": ("level",),
}

# Lists whose rows mean the same whichever study brought them.
GLOBAL = ("units", "series", "identities", "regions", "region_aliases")
# What a region may be called.
NAMES = ("name_en", "name_zh", "short_zh")

Tables = Mapping[str, pd.DataFrame]


# --- one table a list ---------------------------------------------------------------------------


def join_lists(
    catalogue: Mapping[str, pd.DataFrame],
    folders: Mapping[str, Folder],
    scopes: Mapping[str, Sequence[str]],
    built: Iterable[str],
) -> tuple[dict[str, pd.DataFrame], list[Problem], dict[str, dict[str, dict[str, str]]]]:
    """Each list with the rows of the catalogue and of every study, taken over and filled in."""
    brought = {owner for study in built for owner in scopes[study]}
    problems: list[Problem] = []
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in SHAPES}
    regions = _catalogue_regions(catalogue.get("regions", empty_list("regions")))
    for name, frame in (*catalogue.items(), ("regions", regions)):
        parts[name] = [frame]
    own: dict[str, dict[str, pd.DataFrame]] = {}
    # Bases first: what extends them fills its blanks from theirs.
    for study in sorted(folders, key=lambda study: len(scopes[study])):
        lists, found = own_lists(folders[study], scopes[study], own, regions)
        own[study] = lists
        problems += found
    renamed = ids_kept_apart(catalogue, own, scopes)
    for study in folders:
        own[study] = _renamed_lists(own[study], renamed[study])
    for study in folders:
        for name, frame in own[study].items():
            parts[name].append(frame)
            for base in scopes[study][1:]:
                if name in INHERITED and base in own:
                    parts[name].append(_taken_over(name, own, study, base, scopes[study]))
    tables = {
        name: pd.concat(frames, ignore_index=True) if frames else empty_list(name)
        for name, frames in parts.items()
    }
    for name in GLOBAL:
        tables[name] = _once(name, tables[name], brought)
    return tables, problems, renamed


# Lists whose ids a study may use for something else than the catalogue or another study does, and
# where those ids are named: a cell that is one, or a sum of such cells.
OWN_IDS = {"units": "unit", "series": "series_id"}

NAMED_IN: dict[str, dict[str, tuple[str, ...]]] = {
    "units": {"units": ("unit",), "series": ("unit",)},
    "series": {
        "series": ("series_id",),
        "indicators": ("numerator", "denominator"),
        "variables": ("numerator", "denominator"),
        "identities": ("left_side", "right_side"),
    },
}


def ids_kept_apart(
    catalogue: Mapping[str, pd.DataFrame],
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    scopes: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, dict[str, str]]]:
    """By study and list, the ids that mean something else elsewhere, and what they are called: the
    study's id stands in front. So neither a new release, whose catalogue may come to use an id,
    nor somebody else's study changes what a study means.

    Rows that say the same are one, whoever says it. An extender names what it extends as that does.
    """
    meanings: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    owned: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for name, key in OWN_IDS.items():
        frames = [("", catalogue.get(name)), *((study, own[study].get(name)) for study in own)]
        for study, frame in frames:
            if frame is None:
                continue
            said = [column for column in SHAPES[name].columns if column in frame]
            for row in frame[said].itertuples(index=False, name=None):
                cells = dict(zip(said, row, strict=True))
                meanings.setdefault((name, cells[key]), set()).add(row)
                owned[study, name, cells[key]] = row
    renamed: dict[str, dict[str, dict[str, str]]] = {}
    for study in own:
        names: dict[str, dict[str, str]] = {name: {} for name in OWN_IDS}
        for owner in reversed(scopes[study]):
            for whose, name, identifier in owned:
                if whose == owner and len(meanings[name, identifier]) > 1:
                    names[name][identifier] = f"{owner}.{identifier}"
        renamed[study] = names
    return renamed


def _renamed_lists(
    lists: Mapping[str, pd.DataFrame], renamed: Mapping[str, Mapping[str, str]]
) -> dict[str, pd.DataFrame]:
    changed = dict(lists)
    for name, ids in renamed.items():
        for table, columns in NAMED_IN[name].items() if ids else ():
            changed[table] = changed[table].assign(
                **{
                    column: [_with_names(text, ids) for text in changed[table][column]]
                    for column in columns
                }
            )
    return changed


def _with_names(text: str, ids: Mapping[str, str]) -> str:
    """A cell, or a sum of `series@source`, with the ids as they are called."""
    terms = re.split(r"(\s*\+\s*)", text)
    return "".join(
        ids.get(term.partition("@")[0], term.partition("@")[0]) + "".join(term.partition("@")[1:])
        for term in terms
    )


def _once(name: str, frame: pd.DataFrame, brought: Iterable[str]) -> pd.DataFrame:
    """A list that means the same to all, without what a study says as another has said it.

    Two studies of the states both list them, and so does a study that began as a copy of another.
    Of rows that agree the one stays that the build takes: of the catalogue, or a study `brought`.
    """
    taken = frame["study"].isin({"", *brought})
    said = [column for column in frame.columns if column not in ("study", "file", "line")]
    # Rows are compared by their own cells; the default of a blank name of a region is left out.
    if name == "regions":
        frame, said = _with_names_of_all(frame), ["level", "region_code", *NAMES, "parent_code"]
    ordered = pd.concat([frame[taken], frame[~taken]])
    # A row that is twice in one list is a mistake, which the checks report.
    owner = ordered.groupby(said, dropna=False, sort=False)["study"].transform("first")
    again = ordered.duplicated(said) & (ordered["study"] != owner)
    return ordered[~again].sort_index().reset_index(drop=True)


def _with_names_of_all(regions: pd.DataFrame) -> pd.DataFrame:
    """The regions, each of a study's own with the names that another study says where it says
    none: a code stands for an English name, and that for a Chinese one."""
    own = regions["study"] != ""
    stands_in = pd.DataFrame(
        {
            "name_en": regions["name_en"] == regions["region_code"],
            "name_zh": regions["name_zh"] == regions["name_en"],
            "short_zh": regions["short_zh"] == regions["name_zh"],
            "parent_code": regions["parent_code"] == "",
            "province_code": regions["province_code"] == "",
        }
    )
    filled = regions.copy()
    for column in stands_in:
        known = regions[column].mask(stands_in[column])
        elsewhere = known.groupby([regions["level"], regions["region_code"]]).transform("first")
        filled[column] = (
            regions[column].mask(own & stands_in[column], elsewhere).fillna(regions[column])
        )
    # A Chinese name that is still blank is filled with the English one.
    for column, other in (("name_zh", "name_en"), ("short_zh", "name_zh")):
        still = own & stands_in[column] & (filled[column] == regions[column])
        filled[column] = filled[column].mask(still, filled[other])
    return filled


def _catalogue_regions(regions: pd.DataFrame) -> pd.DataFrame:
    """Regions of the catalogue lie in their province, which for them is the level above."""
    above = regions["province_code"].where(regions["level"] != "province", "")
    return regions.assign(
        parent_code=regions["parent_code"].where(regions["parent_code"] != "", above)
    )


def _taken_over(
    name: str,
    own: Mapping[str, Mapping[str, pd.DataFrame]],
    study: str,
    base: str,
    scope: Sequence[str],
) -> pd.DataFrame:
    """Rows of a study that another extends, without those that a nearer one has itself."""
    frame, keys = own[base][name], list(INHERITED[name])
    nearer = [own[other][name] for other in scope[: scope.index(base)]]
    if keys:
        said = {tuple(row) for table in nearer for row in table[keys].itertuples(index=False)}
        kept = [tuple(row) not in said for row in frame[keys].itertuples(index=False)]
    else:
        kept = [all(table.empty for table in nearer)] * len(frame)
    return frame[kept].assign(study=study)
