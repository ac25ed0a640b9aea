"""Which region a person means: the names and rules are those by which cells are read.

`quality.region_meanings` holds every way to write a region, and the function `quality.region_key`
of the same file brings a text into the form in which the names of cells are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from nqp.messages import in_both, nearest

Row: TypeAlias = Mapping[str, Any]
# Runs a query with its parameters, blanks as None.
Rows: TypeAlias = Callable[[str, Sequence[object]], Iterable[Row]]

MEANINGS = """
    select m.level, m.region_code, m.is_meant, r.name_zh, r.name_en,
      p.name_zh as province_zh, p.name_en as province_en
    from quality.region_meanings as m
    left join definitions.regions as r on m.level = r.level and m.region_code = r.region_code
    left join definitions.regions as p
      on p.level = 'province' and r.level <> 'province' and r.province_code = p.region_code
    where m.region_key = quality.region_key(?)
    order by r.rowid
"""
SPELLINGS = """
    select unnest([name_zh, short_zh, name_en]) as spelling from definitions.regions
    union
    select alias from definitions.region_aliases
    order by all
"""


def regions_meant(rows: Rows, text: str) -> list[Row]:
    """The region of each level that a name, alias or code means: level, region_code, name_zh and
    name_en. A municipality is a province and a city.

    Raises ValueError where no region is meant, with the nearest name; where the text is a total of
    several; or where several regions of a level share the name, with the province of each.
    """
    found = list(rows(MEANINGS, [text]))
    regions = [row for row in found if row["region_code"]]
    settled = {row["level"] for row in regions if row["is_meant"]}
    shared = [row for row in regions if row["level"] not in settled]
    if shared:
        each = " or ".join(map(_with_province, shared))
        raise ValueError(f"{text!r} may be {each}: give the full Chinese name or the code.")
    if found and not regions:
        raise ValueError(f"{text!r} is a total of several regions, not a region.")
    if not regions:
        known = [str(row["spelling"]) for row in rows(SPELLINGS, []) if row["spelling"]]
        near = nearest(text, known)
        hint = f"; did you mean {near}?" if near else "."
        raise ValueError(
            f"no region is called {text!r}{hint} Known are the names, codes and aliases in "
            "definitions.regions and definitions.region_aliases."
        )
    return [row for row in regions if row["is_meant"]]


def region_in_words(row: Row) -> str:
    """Both names of a region and its code; a unit without a name is called by its code."""
    code = row["region_code"]
    names = in_both(*(name for name in (row["name_zh"], row["name_en"]) if name != code))
    return f"{names} ({code})" if names else str(code)


def _with_province(row: Row) -> str:
    province = in_both(row["province_zh"], row["province_en"])
    return region_in_words(row) + (f" in {province}" if province else "")
