"""Stata files: labels, dates, old encodings, damage."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from bad_files.case import file


def stata(frame: pd.DataFrame, version: int = 118, **options: object) -> bytes:
    content = io.BytesIO()
    frame.to_stata(content, version=version, write_index=False, **options)  # type: ignore[arg-type]
    return content.getvalue()


def old_chinese_stata() -> bytes:
    """A file of Stata 12, whose text is in the encoding of a Chinese Windows."""
    # latin-1 carries the bytes of another encoding unchanged.
    names = ["北京".encode("gb18030").decode("latin-1"), "x"]
    return stata(pd.DataFrame({"city": names, "gdp": [1.5, 2]}), version=114)


def labelled() -> bytes:
    frame = pd.DataFrame(
        {
            "city": np.array([1, 2, 3], dtype=np.int8),
            "year": np.array([2014, 2015, 2016], dtype=np.int16),
            "day": np.array(["2014-12-31", "2015-12-31", "NaT"], dtype="M8[s]"),
        }
    )
    return stata(
        frame,
        value_labels={"city": {1: "北京市", 2: "天津市"}},
        convert_dates={"day": "td"},
    )


def year_format() -> bytes:
    """A year variable shown as a year, which in Stata is a kind of date."""
    content = stata(pd.DataFrame({"year": np.array([2014, 2015], dtype=np.int16)}))
    assert content.count(b"%8.0g") == 1
    return content.replace(b"%8.0g", b"%ty\0\0")


STATA_CASES = [
    file(
        "Stata's labels and days", "Variables whose numbers stand for labels and days.",
        "Labels and ISO dates, as Stata's browser shows them; a number without a label stays.",
        [
            ["city", "year", "day"], ["北京市", "2014", "2014-12-31"],
            ["天津市", "2015", "2015-12-31"], ["3", "2016", ""],
        ],
        labelled, name="a.dta",
    ),
    file(
        "Stata's year format", "A year shown as a year (%ty), which Stata counts as a date.",
        "The year.", [["year"], ["2014"], ["2015"]], year_format, name="a.dta",
    ),
    file(
        "Stata's missing values", "Missing values of all kinds: . and .a to .z.", "Blank.",
        [["x"], ["1"], [""], [""]],
        lambda: stata(pd.DataFrame({"x": np.array([1, 2, 3], dtype=np.int8)}))
        .replace(b"<data>\1\2\3", b"<data>\1\x65\x7f"),
        name="a.dta",
    ),
    file(
        "Stata's long texts", "Texts of any length (strL) beside labels.", "Read.",
        [["text", "k"], ["中" * 3000, "甲"], ["x", "乙"]],
        lambda: stata(pd.DataFrame({"text": ["中" * 3000, "x"], "k": pd.Categorical(["甲", "乙"])}),
                      convert_strl=["text"]),
        name="a.dta",
    ),
    file(
        "old Chinese Stata", "A file of Stata 12, which does not say that its text is GBK.",
        "Read as GB18030.", [["city", "gdp"], ["北京", "1.5"], ["x", "2"]], old_chinese_stata,
        name="a.dta",
    ),
    file(
        "old Stata in another encoding", "The same; the manifest says another encoding.",
        "Obeyed, or an error where it does not fit.",
        "a.dta: its text is not in utf-8 (…). Give the file's encoding in the manifest, or save it "
        "again from Stata 14 or later.",
        old_chinese_stata, name="a.dta", encoding="utf-8",
    ),
    file(
        "Stata text that is not UTF-8", "A file of Stata 14 converted without translating it.",
        "An error.",
        "a.dta: its text is not in the encoding expected (…). Give the file's encoding in the "
        "manifest, or save it again from Stata 14 or later.",
        lambda: stata(pd.DataFrame({"city": ["abcdef"]}))
        .replace(b"abcdef", "北京市".encode("gbk")),
        name="a.dta",
    ),
    file(
        "truncated Stata", "A Stata file cut short.", "An error.",
        "a.dta: not a readable Stata file (…). Save it again from Stata.",
        lambda: labelled()[:900], name="a.dta",
    ),
    file(
        "Stata as .csv", "A Stata file named .csv.", "Read as what it is.",
        [["x"], ["1.5"]], lambda: stata(pd.DataFrame({"x": [1.5]})),
    ),
]  # fmt: skip
