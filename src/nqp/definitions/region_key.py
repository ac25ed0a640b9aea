"""The form in which names and codes of regions are compared."""

from __future__ import annotations

import re
import unicodedata

# What spreadsheets put around a code to keep it a text, and spaces.
_AROUND = re.compile(r"""^=?"|^['’‘]|"$|\s""")
# Decimals of a code that was read as a number, and footnote marks behind a name.
_BEHIND = re.compile(r"\.0+$|([^\d*])(\*+|[①-⑳]|\[\d+\]|\(\d{1,2}\)|注\d*)+$")
# Signs of other widths as the keyboard's; circled numbers stay, which mark footnotes.
_CIRCLED = re.compile(r"[①-⑳]")
# Marks that nobody sees.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))


def region_key(text: str) -> str:
    """北 京 市 is 北京市, ＡＢ is ab, 340100.0 is 340100, 新疆① is 新疆.

    The macros `clean_text` and `region_key` say the same in SQL, where files are read.
    """
    plain = "".join(
        mark if _CIRCLED.match(mark) else unicodedata.normalize("NFKC", mark)
        for mark in text.translate(_UNSEEN)
    )
    return _BEHIND.sub(r"\1", _AROUND.sub("", plain.lower()))
