"""Printed text: numbers with the interval their digits leave, marks of significance, yes and no.

Papers write one thing in many ways: full-width characters, true minus signs, commas between
thousands, stars of six shapes. What is not understood is None, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from nqp.audit.intervals import INFINITY, Interval

_MINUS = str.maketrans(dict.fromkeys("−–—‐‑‒﹣－", "-"))
_STAR = str.maketrans(dict.fromkeys("＊∗⁎✱⋆★☆﹡", "*"))
_NOTHING = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_PLAIN = re.compile(r"([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?")
_POWER = re.compile(r"\s*[×x*·]\s*10\s*\^?\s*\{?\(?([-+]?\d+)\)?\}?$")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
# Statistical programs print seven significant digits and fill up with zeros that say nothing.
SIGNIFICANT = 7

MARKS = "*+†‡#§"
_YES = frozenset(
    re.findall(
        r"\S+", "yes y true included incl controlled control x √ ✓ ✔ ☑ 是 有 控制 已控制 包含 ok 1"
    )
)
_NO = frozenset(re.findall(r"\S+", "no n false none excluded × ✗ ✘ - -- 否 无 未控制 不控制 0"))


@dataclass(frozen=True)
class Printed:
    """A number as printed, its value, and all numbers that round to it."""

    text: str
    value: float
    interval: Interval
    decimals: int

    @property
    def is_zero(self) -> bool:
        """Whether no digit but zero is printed."""
        return self.value == 0

    @property
    def units(self) -> int:
        """The printed digits as one whole number: 14 for 0.0014, 1 for 0.001."""
        digits = re.sub(r"\D", "", re.split("[eE×]", self.text)[0])
        return int(digits or 0)


def plain(text: str) -> str:
    """The text with characters of one meaning made one, without spaces at its ends."""
    return _NOTHING.sub("", unicodedata.normalize("NFKC", text).translate(_MINUS)).strip()


def number(text: str) -> Printed | None:
    """A printed number, or None where the text is none."""
    marked = _NOTHING.sub("", text).strip()
    power = 0
    raised = re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)$", lambda m: "10^" + m[1].translate(_SUPERSCRIPT), marked)
    bare = plain(raised).lstrip("$").rstrip("$").strip()
    if found := _POWER.search(bare):
        power, bare = int(found[1]), bare[: found.start()]
    if bare.startswith("(") and bare.endswith(")"):
        return None
    percent = bare.endswith("%")
    bare = _without_separators(bare.removesuffix("%").strip())
    parts = _PLAIN.fullmatch(bare)
    if not parts or not (parts[2] or parts[3]):
        return None
    sign, whole, fraction, exponent = parts[1], parts[2], parts[3] or "", int(parts[4] or 0)
    if abs(exponent) > 200 or abs(power) > 200 or len(whole) > 40 or len(fraction) > 40:
        return None
    last = exponent + power - len(fraction) - (2 if percent else 0)
    value = Decimal(f"{sign}{whole or '0'}{fraction}").scaleb(last)
    half = Decimal(5).scaleb(last - 1 + _padding(whole, fraction))
    interval = Interval.around([float(value - half), float(value + half)])
    if sign == "-" and value == 0:
        # A minus sign before zeros is that of what was rounded away.
        interval = Interval(interval.low, 0.0)
    return Printed(
        text=plain(text),
        value=float(value),
        interval=interval,
        decimals=max(0, -last),
    )


def bound(text: str) -> Printed | None:
    """A p-value: a number, or a bound as "<0.001"."""
    bare = plain(text)
    if bare[:1] in "<≤":
        there = number(bare.lstrip("<≤= "))
        if there is None:
            return None
        return Printed(bare, there.value, Interval(0.0, there.interval.high), there.decimals)
    if bare[:1] in ">≥":
        there = number(bare.lstrip(">≥= "))
        if there is None:
            return None
        return Printed(bare, there.value, Interval(there.interval.low, INFINITY), there.decimals)
    return number(bare)


def count(text: str) -> Printed | None:
    """A number of rows or units: exact where it is whole, with its rounding where it is not."""
    there = number(re.sub(r"(?i)^(n|obs\.?|observations)\s*[=:]\s*", "", plain(text)))
    if there is None or there.value <= 0:
        return None
    if there.value == round(there.value) and not re.search("[eE%×]", there.text):
        return Printed(there.text, there.value, Interval.exact(there.value), 0)
    return there


def marks(text: str) -> str | None:
    """Marks of significance in one writing: "***", "†", "a"; None where they are no marks."""
    bare = re.sub(r"\s+", "", plain(text.translate(_STAR)))
    bare = bare.replace("\\ast", "*").replace("\\dagger", "†").replace("\\", "").strip("^${}()[]")
    if bare.lower() in ("", "n.s.", "ns", "n.s", "none", "0"):
        return ""
    if bare in ("1", "2", "3"):
        return "*" * int(bare)
    if re.fullmatch(rf"[{re.escape(MARKS)}]+|[abc]", bare):
        return bare
    return None


def yes(text: str) -> bool | None:
    """What a row of effects or controls says; None where nothing is printed.

    A word that is neither yes nor no names what is included, as "City" in a row of effects.
    """
    bare = plain(text).casefold().strip(" .")
    if not bare:
        return None
    if bare in _YES:
        return True
    return bare not in _NO


def is_whole(text: str) -> bool:
    """Whether a number is printed without a decimal point."""
    return bool(re.fullmatch(r"-?[\d,]+", plain(text)))


@lru_cache(maxsize=50_000)
def same_name(text: str) -> str:
    """A name for comparing: letters and digits of any script, in small letters."""
    return re.sub(r"[\W_]+", "", plain(text).casefold())


def _padding(whole: str, fraction: str) -> int:
    """How many of the last digits are zeros that only fill up to a fixed number of decimals."""
    digits = (whole + fraction).lstrip("0")
    beyond = len(digits) - SIGNIFICANT
    if not fraction or beyond <= 0:
        return 0
    zeros = len(fraction) - len(fraction.rstrip("0"))
    return min(beyond, zeros)


def _without_separators(text: str) -> str:
    """The number with a point for its decimals and nothing between its thousands."""
    text = re.sub(r"^([-+])\s+", r"\1", text)
    text = re.sub(r"(?<=\d)·(?=\d)", ".", text)
    text = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?:\D|$))", "", text)
    if re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text):
        return text.replace(",", "")
    if re.fullmatch(r"[-+]?\d*,\d+", text):  # a comma for the decimals
        return text.replace(",", ".")
    return text
