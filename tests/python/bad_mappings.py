"""Manifests and corrections that do not fit what their sheets hold: each stops the build.

The texts of the tables are the cells of a sheet, parted by "|".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Sheets = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True)
class Case:
    """What is wrong, and the whole message.

    sheets: lines by file and sheet. manifest: what differs from the row of a long panel in a.csv.
    """

    fault: str
    sheets: Sheets
    manifest: Sequence[Mapping[str, str]]
    message: str
    corrections: Sequence[Sequence[str]] = ()

    @property
    def id(self) -> str:
        return self.fault

    @property
    def outcome(self) -> str:
        return f"the build stops: {self.message.splitlines()[0]}"


PANEL = ["地区|年份|值|人口", "北京市|2020|10|2000", "天津市|2020|20|1500"]
A = {("a.csv", ""): PANEL}

CASES = [
    Case(
        "One sheet with two headers in the manifest",
        {("a.csv", ""): ["表一", "", *PANEL]},
        [{}, {"item": "人口", "header": "省份"}],
        "manifest.csv, row 2 and manifest.csv, row 3: a.csv is given two layouts, headers, levels "
        "or key columns. Give it one, or let the sheet patterns part the sheets.",
    ),
    Case(
        "A heading that is not in the sheet",
        {("a.csv", ""): ["表一", "", *PANEL]},
        [{"header": "省份"}],
        'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
        'Row 3 reads: "地区", "年份", "值", "人口". Correct column header of the manifest.',
    ),
    Case(
        "A heading that would steer the terminal",
        {("a.csv", ""): ["地区|年份|\x1b]0;x\x07值\x1b[31m|\u202e\x9b口", *PANEL[1:]]},
        [{"header": "省份\x1b[2J"}],
        "manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "
        '"省份<control>[2J". Row 1 reads: "地区", "年份", "<control>]0;x<control>值<control>[31m", '
        '"<control><control>口". Correct column header of the manifest.',
    ),
    Case(
        "A heading looked for in an empty table",
        {("a.csv", ""): ["", "|"]},
        [{"header": "省份"}],
        'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
        "Correct column header of the manifest.",
    ),
    Case(
        "A heading looked for in a table with many others, with line breaks",
        {("a.csv", ""): ["|".join(f"q{n}\nx" for n in range(1, 15))]},
        [{"header": "省份"}],
        'manifest.csv, row 2: in a.csv none of the first 60 rows holds the heading "省份". '
        'Row 1 reads: "q1 x", "q2 x", "q3 x", "q4 x", "q5 x", "q6 x", "q7 x", "q8 x", "q9 x", '
        '"q10 x", "q11 x", "q12 x" and 2 more. Correct column header of the manifest.',
    ),
    Case(
        "A key column of regions that is not there",
        {("b.xlsx", 'it\'s "1"'): PANEL},
        [{"file": "b.xlsx", "sheet": "*", "region_key": "省 份"}],
        'manifest.csv, row 2: in b.xlsx sheet "it\'s "1"" no column is headed "省 份". Row '
        '1 reads: "地区", "年份", "值", "人口". Correct region_key in the manifest (a '
        "heading, or #2 for the second column).",
    ),
    Case(
        "A header row beyond the end of the table",
        A,
        [{"header": "9", "year_key": "year"}],
        'manifest.csv, row 2: in a.csv no column is headed "地区". Row 9 reads: nothing. '
        "Correct region_key in the manifest (a heading, or #2 for the second column).",
    ),
    Case(
        "A key column of years that is not there",
        A,
        [{"year_key": "year"}],
        'manifest.csv, row 2: in a.csv no column is headed "year". Row 1 reads: "地区", '
        '"年份", "值", "人口". Correct year_key in the manifest (a heading, or #2 for the '
        "second column).",
    ),
    Case(
        "A key column of series that is not there",
        {("a.csv", ""): ["指标|年份|北京市", "值|2020|10"]},
        [{"layout": "regions_across", "item_key": "series"}],
        'manifest.csv, row 2: in a.csv no column is headed "series". Row 1 reads: "指标", '
        '"年份", "北京市". Correct item_key in the manifest (a heading, or #2 for the second '
        "column).",
    ),
    Case(
        "A series whose heading says another unit, or is not there",
        A,
        [{"item": "值（万元）"}],
        'manifest.csv, row 2: a.csv has no column of figures named "值(万元)". Row 1 reads: '
        '"地区", "年份", "值", "人口". Correct column item of the manifest, or let the sheet '
        "pattern leave this sheet out.",
    ),
    Case(
        "A unit in the item that is not the unit of the manifest",
        {("a.csv", ""): ["地区|年份|值（万元）|GDP/亿元", "北京市|2020|10|2000"]},
        [{"item": "值（万元）"}, {"item": "GDP/亿元", "series_id": "loans", "unit": "10k_yuan"}],
        'manifest.csv, row 2: column unit says 100m_yuan, but item "值(万元)" is in 10k_yuan. '
        "Correct the one that is wrong: unit is what the file uses.\n"
        'manifest.csv, row 3: column unit says 10k_yuan, but item "GDP/亿元" is in 100m_yuan. '
        "Correct the one that is wrong: unit is what the file uses.",
    ),
    Case(
        "A heading that changed between two yearbooks: series that some sheets lack",
        {("b.xlsx", "2019"): PANEL, ("b.xlsx", "2020"): [PANEL[0].replace("值", "产值")]},
        [{"file": "b.xlsx", "sheet": "20*"}, {"file": "b.xlsx", "sheet": "20*", "item": "x"}],
        'manifest.csv, row 2: b.xlsx sheet "2020" has no column of figures named "值". Row 1 '
        'reads: "地区", "年份", "产值", "人口". Correct column item of the manifest, or let '
        "the sheet pattern leave this sheet out.\n"
        'manifest.csv, row 3: b.xlsx sheet "2019" has no column of figures named "x". Row 1 '
        'reads: "地区", "年份", "值", "人口". Correct column item of the manifest, or let the '
        "sheet pattern leave this sheet out.\n"
        'manifest.csv, row 3: b.xlsx sheet "2020" has no column of figures named "x". Row 1 '
        'reads: "地区", "年份", "产值", "人口". Correct column item of the manifest, or let '
        "the sheet pattern leave this sheet out.",
    ),
    Case(
        "A series that is not among the names down a column",
        {("a.csv", ""): ["指标|年份|北京市", "经费|2019|1", "|2020|2", "专利|2020|10"]},
        [{"layout": "regions_across", "item": "值"}],
        'manifest.csv, row 2: a.csv has no row of figures named "值". Column 1 reads: "经费", '
        '"专利". Correct column item of the manifest, or let the sheet pattern leave this '
        "sheet out.",
    ),
    Case(
        "A sheet pattern that fits no sheet",
        {("b.xlsx", "S"): PANEL},
        [{"file": "b.xlsx", "sheet": "T*"}],
        'manifest.csv, row 2: no sheet of b.xlsx fits the pattern "T*".',
    ),
    Case(
        "A series named where the layout has one per sheet",
        {("a.csv", ""): ["地区|2020", "北京市|10"]},
        [{"layout": "years_across", "item": "值"}],
        "manifest.csv, row 2: layout years_across takes all figures of a sheet as one "
        'series and does not look for "值" in a.csv. Leave column item empty.',
    ),
    Case(
        "No series named where the layout has one per column",
        {("a.csv", ""): ["地区|年份||值", "北京市|2020|9|10"]},
        [{"item": ""}],
        "manifest.csv, row 2: layout long_panel finds a series by its name. Put one of "
        'these into column item: "地区", "年份", "值".',
    ),
    Case(
        "Sheet patterns that overlap, so that two rows map one column",
        {("b.xlsx", "S"): PANEL},
        [{"file": "b.xlsx", "sheet": "S"}, {"file": "b.xlsx", "sheet": "*", "item": "值 "}],
        'manifest.csv, row 2: "值" of b.xlsx sheet "S" is mapped by another row too. Keep '
        "one, or let the sheet patterns part the sheets.\n"
        'manifest.csv, row 3: "值" of b.xlsx sheet "S" is mapped by another row too. Keep '
        "one, or let the sheet patterns part the sheets.",
    ),
    Case(
        "A column without a single figure, only texts",
        {("a.csv", ""): ["地区|年份|值", "北京市|2020|约10", "天津市|2020|"]},
        [{}],
        'manifest.csv, row 2: "值" in a.csv, from column 3 on, holds no figure at all; '
        'its first text is "约10". Map another column, or drop the row.',
    ),
    Case(
        "A column without a single figure, all blank",
        {("a.csv", ""): ["地区|年份|值", "北京市|2020|", "天津市|2020|—"]},
        [{}],
        'manifest.csv, row 2: "值" in a.csv, from column 3 on, holds no figure at all. '
        "Map another column, or drop the row.",
    ),
    Case(
        "A header row below the figures",
        {("a.csv", ""): ["地区|2019|2020", "北京市|10|11"]},
        [{"layout": "years_across", "header": "2", "region_key": "#1"}],
        "manifest.csv, row 2: a.csv, from column 2 on, holds no figure at all. Map "
        "another column, or drop the row.",
    ),
    Case(
        "A correction of a cell that has changed",
        A,
        [{}],
        'corrections.csv, row 2: a.csv, row 2, column 3 holds "10", not "11". The file has '
        "changed: check the cell and renew or drop the correction.",
        [("a.csv", "", "2", "3", "11", "5", "why")],
    ),
    Case(
        "A correction of a cell that is not there",
        A,
        [{}],
        "corrections.csv, row 2: there is no cell in row 2, column 9 of a.csv. Correct "
        "the place or drop the row.",
        [("a.csv", "", "2", "9", "10", "5", "why")],
    ),
    Case(
        "A correction in a sheet that is not there",
        A,
        [{}],
        'corrections.csv, row 2: there is no cell in row 2, column 3 of a.csv sheet "Sheet1". '
        "Correct the place or drop the row.",
        [("a.csv", "Sheet1", "2", "3", "10", "5", "why")],
    ),
    Case(
        "A correction with a word for a row",
        A,
        [{}],
        "corrections.csv, row 2: there is no cell in row two, column 3 of b.csv. Correct the "
        "place or drop the row.",
        [("b.csv", "", "two", "3", "10", "5", "why")],
    ),
    Case(
        "A correction of a key",
        A,
        [{}],
        "corrections.csv, row 2: a.csv, row 2, column 1 is no figure of the manifest (key). "
        "Correct the place or map the column.",
        [("a.csv", "", "2", "1", "北京市", "5", "why")],
    ),
    Case(
        "A correction that is no number",
        A,
        [{}],
        'corrections.csv, row 2, column new_value: "five" is not a number.',
        [("a.csv", "", "2", "3", "10", "five", "why")],
    ),
]
