"""Files but workbooks that take code to write: the corpus (tests/bad_input) names these functions.

They return the content of a file; those at the end what must be read, where that is too long to
write down.
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from manifests_for_tests import manifest_text

# --- texts and web pages ---------------------------------------------------------------------


def very_long_texts() -> bytes:
    lines = [
        "地区,年份,值", f"{'北' * 100_000},2020,10", f"天津市,2020,{'9' * 10_000}",
        f"河北省,2020,{'x' * 100_000}", "山西省,2020,40",
    ]  # fmt: skip
    return "\n".join(lines).encode()


def a_huge_cell() -> bytes:
    return b'x,"' + b"y" * 140_000 + b'"\n'


def a_huge_line() -> bytes:
    return b"x," * (1 << 23)


def page_of_a_million_columns() -> bytes:
    return b"<table><tr>" + b"<td colspan=1000>1" * 1000


def page_of_a_billion_cells() -> bytes:
    return b"<table>" + (b"<tr>" + b"<td colspan=1000>" * 16) * 1300


def comments_that_do_not_end() -> bytes:
    return b"<table><tr><td>1</td></tr>\n" + b"<!--" * 100_000


def tags_that_do_not_end() -> bytes:
    return b"<table><tr><td>1</td></tr>\n" + b"<a" * 100_000


def end_tags_that_do_not_end() -> bytes:
    return b"<table><tr><td>1</td></tr>\n" + b"</a" * 100_000


def tags_that_are_never_closed() -> bytes:
    return b"<table><tr><td>" + b"<b>" * 100_000 + b"</i>" * 100_000 + b"1"


# --- Stata -----------------------------------------------------------------------------------


def stata(frame: pd.DataFrame, version: int = 118, **options: object) -> bytes:
    content = io.BytesIO()
    frame.to_stata(content, version=version, write_index=False, **options)  # type: ignore[arg-type]
    return content.getvalue()


def stata_with_labels_and_days() -> bytes:
    frame = pd.DataFrame(
        {
            "city": np.array([1, 2, 3], dtype=np.int8),
            "year": np.array([2014, 2015, 2016], dtype=np.int16),
            "day": np.array(["2014-12-31", "2015-12-31", "NaT"], dtype="M8[s]"),
        }
    )
    labels = {"city": {1: "北京市", 2: "天津市"}}
    return stata(frame, value_labels=labels, convert_dates={"day": "td"})


def stata_with_years_as_years() -> bytes:
    """A year variable shown as a year, which in Stata is a kind of date."""
    content = stata(pd.DataFrame({"year": np.array([2014, 2015], dtype=np.int16)}))
    assert content.count(b"%8.0g") == 1
    return content.replace(b"%8.0g", b"%ty\0\0")


def stata_with_missing_values() -> bytes:
    content = stata(pd.DataFrame({"x": np.array([1, 2, 3], dtype=np.int8)}))
    return content.replace(b"<data>\1\2\3", b"<data>\1\x65\x7f")


def stata_with_long_texts() -> bytes:
    frame = pd.DataFrame({"text": ["中" * 3000, "x"], "k": pd.Categorical(["甲", "乙"])})
    return stata(frame, convert_strl=["text"])


def old_chinese_stata() -> bytes:
    """A file of Stata 12, whose text is in the encoding of a Chinese Windows."""
    # latin-1 carries the bytes of another encoding unchanged.
    names = ["北京".encode("gb18030").decode("latin-1"), "x"]
    return stata(pd.DataFrame({"city": names, "gdp": [1.5, 2]}), version=114)


def stata_in_gbk() -> bytes:
    content = stata(pd.DataFrame({"city": ["abcdef"]}))
    return content.replace(b"abcdef", "北京市".encode("gbk"))


def truncated_stata() -> bytes:
    return stata_with_labels_and_days()[:900]


def small_stata() -> bytes:
    return stata(pd.DataFrame({"x": [1.5]}))


# --- manifests -------------------------------------------------------------------------------


def manifest_without_headings() -> bytes:
    return manifest_text({}).partition("\n")[2].encode()


def manifest_without_the_column_unit() -> bytes:
    return manifest_text({}).replace(",unit,", ",units,").encode()


def manifest_with_two_columns_unit() -> bytes:
    return manifest_text({}).replace(",note", ",unit,note").encode()


def manifest_in_gb18030() -> bytes:
    return manifest_text({"item": "地区生产总值"}).encode("gb18030")


def manifest_with_semicolons() -> bytes:
    return manifest_text({"note": "x, y"}, delimiter=";").encode("utf-8-sig")


def manifest_with_unquoted_commas() -> bytes:
    lines = manifest_text({}, {}, {}).splitlines()
    return "\n".join(map(str.__add__, lines, ["", ",x", "", ",x,y"])).encode()


def manifest_with_an_unclosed_mark() -> bytes:
    return manifest_text({"note": "x"}).replace(",x", ',"x').encode()


# --- what must be read, where it is long -----------------------------------------------------


def a_cell_and_999_blanks() -> list[list[str]]:
    return [["1", *[""] * 999]]


def cells_at_both_ends_of_a_row() -> dict[str, list[list[str]]]:
    return {"Sheet1": [["1", *[""] * 16_382, "2"]]}


def long_texts_and_labels() -> list[list[str]]:
    return [["text", "k"], ["中" * 3000, "甲"], ["x", "乙"]]
