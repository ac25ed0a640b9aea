"""What the note beneath a table declares: the meaning of marks and parentheses, the errors."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nqp.audit.texts import plain

_MARK = r"(?:\*{1,4}|†{1,3}|‡|\+{1,2}|#)"
_LEVEL = r"(?:0?\.\d{1,4}|\d{1,2}(?:\.\d)?\s*%|\d{1,2}(?:\.\d)?\s*(?:percent|per cent))"
_PAIR = re.compile(
    rf"({_MARK})\s*(?:\(?\s*[pP](?:-value)?\s*)?(?:<=|≤|<|=|:|\s)?\s*"
    rf"(?:(?:is\s+|are\s+)?(?:significant|significance|statistically significant|denotes?|"
    rf"indicates?|表示)[^*†‡+#\d]{{0,40}})?\s*({_LEVEL})",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    rf"({_LEVEL})\s*(?:level|significance|的?显著性?水平)?\s*[:=]?\s*\(?\s*({_MARK})(?!\s*[pP]?\s*[<=])"
)
# Levels that tables use, in the order of how common they are: by mark, the share.
LEGENDS: tuple[Mapping[str, float], ...] = (
    {"*": 0.10, "**": 0.05, "***": 0.01},
    {"*": 0.05, "**": 0.01, "***": 0.001},
    {"+": 0.10, "*": 0.05, "**": 0.01, "***": 0.001},
    {"†": 0.10, "*": 0.05, "**": 0.01, "***": 0.001},
    {"#": 0.10, "*": 0.05, "**": 0.01, "***": 0.001},
    {"*": 0.10, "**": 0.05, "***": 0.01, "****": 0.001},
    {"a": 0.01, "b": 0.05, "c": 0.10},
    {"a": 0.10, "b": 0.05, "c": 0.01},
)


def legend(text: str) -> dict[str, float]:
    """The level of each mark that the text explains; empty where it explains none.

    Reads "* p<0.1, ** p<0.05", "***, ** and * indicate significance at the 1%, 5% and 10% levels"
    and their like, in English and Chinese.
    """
    bare = re.sub(r"\s+", " ", plain(text).replace("\\", ""))
    listed = _listed(bare)
    if listed:
        return listed
    pairs = {mark: _share(level) for mark, level in _PAIR.findall(bare)}
    if len(pairs) >= 2 or (pairs and not _BACKWARD.findall(bare)):
        return pairs
    back = {mark: _share(level) for level, mark in _BACKWARD.findall(bare)}
    return back if len(back) > len(pairs) else pairs


def declared_legend(text: str) -> dict[str, float] | None:
    """A legend typed as "* 0.1 ** 0.05 *** 0.01"; None where it is none."""
    found = re.findall(rf"({_MARK}|\b[abc]\b)\s*[=:<]?\s*(\d*\.?\d+\s*%?)", plain(text))
    levels = {}
    for mark, level in found:
        share = _share(level)
        if not 0 < share < 1:
            return None
        levels[mark] = share
    return levels or None


def parenthesis(text: str) -> str:
    """What the parentheses hold by the note: se, t or p; "" where it does not say one thing."""
    bare = plain(text).casefold()
    # What the parentheses hold is said beside the word; brackets hold something else then.
    near = "".join(re.findall(r"[^.;。；]*(?:parenthes|括号|圆括号)[^.;。；]*", bare)) or bare
    kinds = {
        "se": r"standard errors?|std\. ?err|\bs\.?e\.?s?\b|标准误",
        "t": r"\b[tz][- ]?(?:statistic|stat|value|ratio)s?|t值|t统计|z值",
        "p": r"\bp[- ]?values?\b|p值",
    }
    found = [kind for kind, pattern in kinds.items() if re.search(pattern, near)]
    if found == ["se", "t"] and re.search(r"(based on|using|from|with).{0,40}standard err", near):
        return "t"
    return found[0] if len(found) == 1 else ""


def errors(text: str) -> tuple[str, str]:
    """The kind of the errors by the note, and what they are clustered by ("" if not said).

    The kind is clustered, robust, bootstrap, permutation, conventional, or "".
    """
    bare = plain(text).casefold()
    if re.search(r"cluster|聚类", bare):
        english = re.search(
            r"cluster\w*\s+(?:standard errors\s+)?(?:at|by|on|in)\s+(?:the\s+)?([\w-]+)"
            r"(?:[\s-]+level)?",
            bare,
        )
        chinese = re.search(r"聚类[到至于在]+(\w{1,4}?)(?:层面|层级|级)", bare)
        by = english or chinese
        return "clustered", by[1] if by else ""
    for kind, pattern in (
        ("permutation", r"permutation|randomi[sz]ation inference|置换|随机化推断"),
        ("bootstrap", r"bootstrap|自助"),
        ("robust", r"robust|heteroske|white|newey|driscoll|稳健"),
        ("conventional", r"conventional|homosk|i\.i\.d|ols standard err|ordinary standard err"),
    ):
        if re.search(pattern, bare):
            return kind, ""
    return "", ""


def n_clusters(text: str) -> int | None:
    """How many clusters the note counts, as "(50 clusters)"."""
    found = re.search(r"(\d{1,4}(?:,\d{3})?)\s+(?:\w+\s+)?clusters\b", plain(text).casefold())
    return int(found[1].replace(",", "")) if found else None


def sides(text: str) -> int:
    """1 or 2 where the note says how the tests are sided, else 0."""
    bare = plain(text).casefold()
    if re.search(r"one[- ](?:sided|tailed)|单侧|单尾", bare):
        return 1
    return 2 if re.search(r"two[- ](?:sided|tailed)|双侧|双尾", bare) else 0


def _listed(bare: str) -> dict[str, float]:
    """Marks in a row, then as many levels in a row."""
    separator = r"\s*(?:,|、|/|;|and|和|以及|与|&|\s)+\s*"
    run = re.compile(
        rf"((?:{_MARK}(?:{separator})){{1,4}}{_MARK})[^*†‡+#\d]{{1,90}}?"
        rf"((?:{_LEVEL}(?:\s*levels?)?(?:{separator})?(?:the\s+)?){{2,5}})"
    )
    for found in run.finditer(bare):
        there, levels = re.findall(_MARK, found[1]), re.findall(_LEVEL, found[2])
        bare_levels = re.findall(r"\d{1,2}(?:\.\d)?(?=\s*(?:,|、|and|和|%))", found[2])
        if len(levels) != len(there) and len(bare_levels) == len(there):
            levels = [f"{level}%" for level in bare_levels]
        if len(there) == len(levels):
            return {mark: _share(level) for mark, level in zip(there, levels, strict=True)}
    # "significance at the 10, 5 and 1% levels": the sign stands behind the last alone.
    row = re.search(
        rf"((?:{_MARK}(?:{separator})){{1,4}}{_MARK})[^*†‡+#\d]{{1,90}}?"
        r"((?:\d{1,2}(?:\.\d)?(?:,|、|and|和|\s)+){1,4}\d{1,2}(?:\.\d)?)\s*(?:%|percent|per cent)",
        bare,
    )
    if row:
        there, levels = re.findall(_MARK, row[1]), re.findall(r"[\d.]+", row[2])
        if len(there) == len(levels):
            return {mark: float(level) / 100 for mark, level in zip(there, levels, strict=True)}
    return {}


def _share(level: str) -> float:
    digits = float(re.sub(r"[^\d.]", "", level))
    return digits / 100 if not level.strip().startswith((".", "0.")) else digits
