"""A simulated workbook in the shape of the city database that many researchers own.

The sheets, the headings and their units are those that public scripts name; the figures are drawn
at random and no statistics. Some faults that such workbooks have are written into it on purpose.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from warehouse import ROOT

FILE = "中国城市数据库6.0版.xlsx"
GIVEN, FILLED = "原始数据", "线性插值"
YEARS = range(2013, 2024)
KEYS = ("年份", "省份", "城市", "省份代码", "城市代码", "所属地域", "胡焕庸线")
HEADINGS = {
    "gdp": "地区生产总值(万元)",
    "primary": "第一产业增加值(万元)",
    "secondary": "第二产业增加值(万元)",
    "tertiary": "第三产业增加值(万元)",
    "per_head": "人均地区生产总值(元)",
    "growth": "地区生产总值增长率(%)",
    "population": "常住人口(万人)",
    "revenue": "地方财政一般预算内收入(万元)",
    "expenditure": "地方财政一般预算内支出(万元)",
    "science": "科学支出(万元)",
    "education": "教育支出(万元)",
    "retail": "社会消费品零售总额(万元)",
    "loans": "年末金融机构各项贷款余额(万元)",
    "deposits": "年末金融机构存款余额(万元)",
    "students": "普通高等学校在校学生数(人)",
    "teachers": "普通高等学校专任教师数(人)",
    "grants": "发明专利授权数(件)",
    "patents": "专利授权数(件)",
    "internet": "国际互联网用户数(户)",
    "telecom_revenue": "电信业务收入(万元)",
    "telecom": "电信业务总量(万元)",
    "mobile": "移动电话年末用户数(万户)",
    "so2": "工业二氧化硫排放量(吨)",
    "wastewater": "污水处理厂集中处理率(%)",
}
# Series of which every fiftieth figure or so is missing.
GAPS = ("retail", "loans", "science", "grants", "students", "so2", "wastewater", "telecom")
# How a figure that is missing is written, besides leaving the cell blank.
MARKS = ("—", "…", "缺失")
# A row that stands twice, and one that stands twice with another figure of loans.
TWICE, DISPUTED = ("130100", 2018), ("320500", 2019)
# A row whose GDP is text with thousands separators.
WITH_COMMAS = ("110000", 2015)


@dataclass(frozen=True)
class Workbook:
    """What the workbook holds: figures by region_code and year, in the workbook's units.

    figures: NaN where the cell of the sheet with gaps holds none, or none that can be used.
    rejected: cells that hold a text or figure that must not be used.
    """

    file: Path
    figures: pd.DataFrame
    rejected: int


def write_workbook(folder: Path, *, without: Collection[str] = (), seed: int = 11) -> Workbook:
    """Write the workbook into ``folder``, without some headings, by their names in `HEADINGS`."""
    figures = _figures(np.random.default_rng(seed))
    filled = figures.copy()
    figures, texts = _with_gaps(figures, np.random.default_rng(seed + 1))
    names = [name for name in HEADINGS if name not in without]
    book = openpyxl.Workbook(write_only=True)
    _write_sheet(book, GIVEN, figures, texts, names, faults=True)
    _write_sheet(book, FILLED, filled, {}, names, faults=False)
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / FILE)
    # Nobody can say which of two loans is right: neither is used. Copies that agree serve once.
    mapped = [name for name in names if name in _mapped()]
    figures.loc[DISPUTED, "loans"] = np.nan
    disputed = 2 * ("loans" in mapped)
    copies = figures.reindex([TWICE, DISPUTED])[mapped].notna().to_numpy().sum()
    words = sum(text == "约120万" for (*_, name), text in texts.items() if name in mapped)
    return Workbook(folder / FILE, figures, int(disputed + copies + words))


def write_study(folder: Path) -> Path:
    """The shipped study of the workbook as somebody's own, whose manifest says `simulated`."""
    shipped = ROOT / "studies" / "city_workbook"
    shutil.copytree(shipped, folder)
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace("city_workbook.", f"{folder.name}.")
        if path.name == "manifest.csv":
            text = re.sub(r",licensed,", ",simulated,", text)
        path.write_text(text, encoding="utf-8")
    return folder


def _mapped() -> set[str]:
    """Names of the headings that the study's manifest reads."""
    with (ROOT / "studies/city_workbook/manifest.csv").open(encoding="utf-8") as file:
        items = {row["item"] for row in csv.DictReader(file)}
    return {name for name, heading in HEADINGS.items() if heading in items}


def _catalogue(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "catalogue" / f"{name}.csv", dtype=str, keep_default_na=False)


def cities() -> pd.Series:
    """Codes of the study's cities, and their names."""
    groupings, regions = _catalogue("groupings"), _catalogue("regions")
    codes = groupings.loc[groupings["grouping"] == "city_284", "region_code"]
    names = regions[regions["level"] == "city"].set_index("region_code")["name_zh"]
    return names.loc[sorted(codes)]


def _figures(rng: np.random.Generator) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([list(cities().index), YEARS], names=["region_code", "year"])
    n, years = len(cities()), len(YEARS)

    def drawn(mean: float, unit: float, trend: float, own: float) -> np.ndarray:
        """A logarithm that differs by city, moves with time and has a disturbance."""
        time = trend * (np.arange(years) - years // 2)
        cells = mean + unit * size[:, None] + 0.3 * rng.normal(size=(n, 1)) + time
        return np.asarray((cells + own * rng.normal(size=(n, years))).ravel())

    size = rng.normal(size=n)
    per_head = drawn(10.88, 0.35, 0.06, 0.03)
    population = np.exp(drawn(5.9, 0.4, 0.0, 0.005))
    gdp = np.exp(per_head) * population
    secondary, tertiary = (np.exp(drawn(mean, 0.1, 0.0, 0.03)) for mean in (0.0, 0.1))
    primary = np.exp(drawn(-1.4, -0.2, 0.0, 0.03))
    total = primary + secondary + tertiary
    expenditure = gdp * np.exp(drawn(-1.6, -0.2, 0.02, 0.04))
    frame = pd.DataFrame(
        {
            "gdp": gdp,
            "primary": gdp * primary / total,
            "secondary": gdp * secondary / total,
            "tertiary": gdp * tertiary / total,
            "per_head": np.exp(per_head),
            "growth": rng.normal(6, 2, len(index)),
            "population": population,
            "revenue": expenditure * 0.5,
            "expenditure": expenditure,
            "science": expenditure * np.exp(drawn(-4.0, 0.2, 0.03, 0.1)),
            "education": expenditure * np.exp(drawn(-1.8, 0.0, 0.0, 0.05)),
            "retail": gdp * np.exp(drawn(-0.95, 0.0, 0.0, 0.04)),
            "loans": gdp * np.exp(drawn(0.1, 0.2, 0.04, 0.05)),
            "deposits": gdp * np.exp(drawn(0.3, 0.2, 0.04, 0.05)),
            "students": np.round(np.exp(drawn(10.8, 0.7, 0.02, 0.03))),
            "teachers": np.round(np.exp(drawn(7.9, 0.7, 0.02, 0.03))),
            "grants": np.round(np.exp(drawn(6.0, 1.0, 0.1, 0.1))),
            "patents": np.round(np.exp(drawn(8.5, 1.0, 0.1, 0.1))),
            "internet": np.round(np.exp(drawn(13.8, 0.5, 0.08, 0.04))),
            "telecom_revenue": np.exp(drawn(12.2, 0.6, 0.05, 0.1)),
            "telecom": np.exp(drawn(12.8, 0.6, 0.1, 0.1)),
            "mobile": np.exp(drawn(5.8, 0.5, 0.03, 0.03)),
            "so2": np.round(np.exp(drawn(9.5, 0.3, -0.25, 0.15))),
            "wastewater": np.clip(100 - np.exp(drawn(2.0, -0.1, -0.05, 0.1)), 5, 100),
        },
        index=index,
    )
    # The logarithms of GDP per head have the published mean in the study's years, so that a rule
    # that looks for it passes.
    inside = frame.index.get_level_values("year").isin(range(2014, 2023))
    shift = np.exp(10.8765 - np.log(frame.loc[inside, "per_head"]).mean())
    money = ["gdp", "primary", "secondary", "tertiary", "per_head", "revenue", "expenditure",
             "science", "education", "retail", "loans", "deposits"]  # fmt: skip
    return frame.assign(**{name: frame[name] * shift for name in money})


def _with_gaps(
    figures: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[tuple[str, int, str], str]]:
    """The figures with gaps inside the years, and the texts that stand in cells without one."""
    figures, texts = figures.copy(), {}
    for name in GAPS:
        codes = rng.choice(cities().index.to_numpy(), 50, replace=False)
        years = rng.integers(2014, 2023, 50)
        for number, (code, year) in enumerate(zip(codes, years, strict=True)):
            if (code, int(year)) in (TWICE, DISPUTED):
                continue
            figures.loc[(code, int(year)), name] = np.nan
            if number % 4 == 0:
                texts[code, int(year), name] = MARKS[number % len(MARKS)]
    figures["gdp"] = figures["gdp"].where(figures.index != WITH_COMMAS, figures["gdp"].round(4))
    # Words in place of a figure.
    word = ("440100", 2017, "teachers")
    figures.loc[word[:2], "teachers"] = np.nan
    return figures, {**texts, word: "约120万"}


def _write_sheet(
    book: openpyxl.Workbook,
    title: str,
    figures: pd.DataFrame,
    texts: dict[tuple[str, int, str], str],
    names: list[str],
    *,
    faults: bool,
) -> None:
    sheet, labels = book.create_sheet(title), cities()
    if faults:
        sheet.append(["数据来源：《中国城市统计年鉴》等；模拟数据，不是统计"])
    sheet.append([*KEYS, *(HEADINGS[name] for name in names)])
    for place, values in zip(figures.index, figures[names].to_numpy(), strict=True):
        code, year = place
        row: list[object] = [
            year, None, labels[code], int(code[:2] + "0000"), int(code), None, None,
            *(texts.get((code, year, name)) if np.isnan(value) else float(value)
              for name, value in zip(names, values, strict=True)),
        ]  # fmt: skip
        if faults and year == 2020:
            row[0], row[2] = "2020年", f" {labels[code]}　"
        if faults and place == WITH_COMMAS:
            at = len(KEYS) + names.index("gdp")
            row[at] = f"{row[at]:,.4f}"
        sheet.append(row)
        if faults and place == TWICE:
            sheet.append(row)
        if faults and place == DISPUTED:
            at = len(KEYS) + names.index("loans")
            sheet.append([*row[:at], float(str(row[at])) * 1.1, *row[at + 1 :]])
    if faults:
        sheet.append([])
        sheet.append(["更多数据请关注公众号"])
