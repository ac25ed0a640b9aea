"""Facts that the region definitions must hold, alone and against the files they were checked by."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "catalogue"
REAL = ROOT / "../shared/real"
NAMES = [
    "regions", "region_aliases", "region_changes", "groupings", "grouping_labels", "policies",
    "neighbours",
]  # fmt: skip

Row = dict[str, str]


def seed(name: str) -> list[Row]:
    with (CATALOGUE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


REGIONS = seed("regions")
ALIASES = seed("region_aliases")
CHANGES = seed("region_changes")
GROUPINGS = seed("groupings")
LABELS = seed("grouping_labels")
# The zones; the catalogue has other policies beside them.
POLICIES = [row for row in seed("policies") if row["policy"] == "bdpz"]

BY_KEY = {(r["level"], r["region_code"]): r for r in REGIONS}
GROUP = {(g["grouping"], g["level"], g["region_code"]): g["group_id"] for g in GROUPINGS}
MUNICIPALITIES = {"110000", "120000", "310000", "500000"}
DISSOLVED = {"341400", "371200", "452100", "452200", "654100"}
PILOT_PROVINCES = {"11", "12", "13", "15", "21", "31", "41", "44", "50", "52"}
DELTA = {"440100", "440300", "440400", "440600", "440700", "441200", "441300", "441900", "442000"}


def codes(level: str) -> set[str]:
    return {r["region_code"] for r in REGIONS if r["level"] == level}


def members(grouping: str, level: str, group_id: str) -> set[str]:
    return {c for (g, lv, c), i in GROUP.items() if (g, lv, i) == (grouping, level, group_id)}


def pilots(variant: str, level: str) -> set[str]:
    return {
        p["region_code"]
        for p in POLICIES
        if (p["policy"], p["variant"], p["level"]) == ("bdpz", variant, level)
    }


def region_key(text: str) -> str:
    """The form in which the warehouse compares names: half-width, lower case, no spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\.0+$", "", re.sub(r"\s", "", folded))


def generated(region: Row) -> set[str]:
    """Keys of the names and codes that need no recorded alias."""
    code = region["region_code"]
    prefix = code[:2] if region["level"] == "province" else code[:4]
    names = (region["name_zh"], region["short_zh"], region["name_en"], code, prefix)
    return {region_key(name) for name in names}


def all_keys(level: str) -> dict[str, set[str]]:
    """Every key of a level with the codes it may mean; an aggregate means ''."""
    found: dict[str, set[str]] = defaultdict(set)
    for region in REGIONS:
        if region["level"] == level:
            for key in generated(region):
                found[key].add(region["region_code"])
    for alias in ALIASES:
        if alias["level"] == level:
            found[region_key(alias["alias"])].add(alias["region_code"])
    return found


def needs(path: str) -> Path:
    if not (REAL / path).exists():
        pytest.skip(f"../shared/real/{path} is not at hand")
    return REAL / path


def reference(name: str) -> list[Row]:
    with needs(f"reference/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------ the files


@pytest.mark.parametrize("name", NAMES)
def test_file_is_plain_utf8(name: str) -> None:
    raw = (CATALOGUE / f"{name}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf"), "byte-order mark"
    assert b"\r" not in raw, "carriage return"
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_tidy_and_rows_complete(name: str) -> None:
    with (CATALOGUE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [cell for row in rows for cell in row if cell != cell.strip()] == []
    assert len({tuple(row) for row in rows}) == len(rows)


# ------------------------------------------------------------------ regions


def test_region_counts() -> None:
    assert len(codes("province")) == 31
    # 333 prefecture-level units and four municipalities today, and five dissolved since 2000
    assert len(codes("city")) == 333 + 4 + 5
    assert len(BY_KEY) == len(REGIONS) == 31 + 342
    today = [r["name_zh"] for r in REGIONS if r["level"] == "city" and not r["valid_to"]]
    kinds = Counter(
        next(e for e in ("自治州", "地区", "盟", "市") if name.endswith(e)) for name in today
    )
    assert kinds == {"市": 293 + 4, "自治州": 30, "地区": 7, "盟": 3}


@pytest.mark.parametrize("column", ["region_code", "name_zh", "name_en", "short_zh"])
@pytest.mark.parametrize("level", ["province", "city"])
def test_region_names_are_unique_within_a_level(level: str, column: str) -> None:
    counts = Counter(region_key(r[column]) for r in REGIONS if r["level"] == level)
    assert {k: n for k, n in counts.items() if n > 1} == {}


def test_codes_match_the_province() -> None:
    for r in REGIONS:
        assert re.fullmatch(r"\d{6}", r["region_code"]), r
        assert ("province", r["province_code"]) in BY_KEY, r
        assert r["province_code"] == r["region_code"][:2] + "0000", r
        whole = r["region_code"].endswith("0000")
        assert whole == (r["level"] == "province" or r["region_code"] in MUNICIPALITIES), r
        assert r["region_code"].endswith("00"), r
    assert codes("province") & codes("city") == MUNICIPALITIES


def test_english_names_are_ascii_and_told_apart_by_province() -> None:
    spellings = defaultdict(set)
    for r in REGIONS:
        assert r["name_en"].isascii() and r["name_en"][0].isupper(), r
        bracket = re.fullmatch(r"(.+) \((.+)\)", r["name_en"])
        if bracket:
            province = BY_KEY["province", r["province_code"]]["name_en"]
            assert bracket[2] == province, r
            spellings[bracket[1]].add(r["name_zh"])
    assert spellings == {
        "Suzhou": {"苏州市", "宿州市"},
        "Fuzhou": {"福州市", "抚州市"},
        "Taizhou": {"泰州市", "台州市"},
        "Yichun": {"伊春市", "宜春市"},
        "Yulin": {"玉林市", "榆林市"},
    }


def test_english_name_says_the_kind_of_unit() -> None:
    for r in REGIONS:
        if r["level"] == "city":
            endings = {"自治州": " Autonomous Prefecture", "地区": " Prefecture", "盟": " League"}
            kind = next((e for z, e in endings.items() if r["name_zh"].endswith(z)), "")
            assert r["name_en"].endswith(kind), r
            assert bool(kind) == bool(re.search("Prefecture|League", r["name_en"])), r


def test_short_names_are_the_beginning_of_the_full_names() -> None:
    odd = {"海南州", *(BY_KEY["city", c]["short_zh"] for c in DISSOLVED)}
    for r in REGIONS:
        if r["short_zh"] not in odd:
            assert r["name_zh"].startswith(r["short_zh"]), r
            assert not re.search("(省|市|地区|盟|州)$", r["short_zh"][2:]), r
            assert "族" not in r["short_zh"], r


def test_validity_is_given_for_units_that_came_or_went() -> None:
    assert {r["region_code"] for r in REGIONS if r["valid_to"]} == DISSOLVED
    assert {r["name_zh"] for r in REGIONS if r["valid_from"]} == {
        "来宾市", "崇左市", "中卫市", "三沙市", "儋州市"
    }  # fmt: skip
    for r in REGIONS:
        for column in ("valid_from", "valid_to"):
            if r[column]:
                assert date(2000, 12, 31) < date.fromisoformat(r[column]) < date(2024, 1, 1), r
    assert BY_KEY["city", "371200"]["valid_to"].startswith("2019-01")
    assert BY_KEY["city", "341400"]["valid_to"].startswith("2011-08")


# ------------------------------------------------------------------ aliases


def test_every_alias_resolves_to_a_region_or_is_an_aggregate() -> None:
    for a in ALIASES:
        assert a["kind"] in {"old_name", "spelling", "old_code", "aggregate"}, a
        if a["kind"] == "aggregate":
            assert a["region_code"] == "", a
        else:
            assert (a["level"], a["region_code"]) in BY_KEY, a


@pytest.mark.parametrize("level", ["province", "city"])
def test_no_name_or_code_means_two_regions(level: str) -> None:
    assert {k: sorted(v) for k, v in all_keys(level).items() if len(v) > 1} == {}


def test_no_alias_repeats_another_or_what_is_generated() -> None:
    counts = Counter((a["level"], region_key(a["alias"])) for a in ALIASES)
    assert {k: n for k, n in counts.items() if n > 1} == {}
    known = {(r["level"], key) for r in REGIONS for key in generated(r)}
    assert [a for a in ALIASES if (a["level"], region_key(a["alias"])) in known] == []


@pytest.mark.parametrize(
    ("level", "text", "code"),
    [
        ("province", "Shaanxi", "610000"),
        ("province", "Shanxi", "140000"),
        ("province", "Neimenggu", "150000"),
        ("province", "新疆维吾尔族自治区", "650000"),
        ("province", "11.0", "110000"),
        ("province", "全国总计", ""),
        ("city", "襄樊市", "420600"),
        ("city", "思茅", "530800"),
        ("city", "山南地区", "540500"),
        ("city", "5422.0", "540500"),
        ("city", "1100", "110000"),
        ("city", "吉林", "220200"),
        ("city", "海南", ""),
        ("city", "Xian", "610100"),
        ("city", "Hinggan", "152200"),
        ("city", "伊犁", "654000"),
    ],
)
def test_known_spellings(level: str, text: str, code: str) -> None:
    assert all_keys(level)[region_key(text)] == {code}


def test_ambiguous_english_names_resolve_to_nothing() -> None:
    for name in ("Suzhou", "Fuzhou", "Taizhou", "Yichun", "Yulin"):
        assert region_key(name) not in all_keys("city")


# ------------------------------------------------------------------ changes


def test_changes_join_known_units() -> None:
    for c in CHANGES:
        assert c["kind"] in {"merged", "renamed", "split", "upgraded", "transfer"}, c
        assert 2000 <= date.fromisoformat(c["date"]).year <= 2023, c
        assert ("city", c["to_code"]) in BY_KEY, c
        assert c["from_code"][:2] == c["to_code"][:2], c
        assert (c["from_code"] == c["to_code"]) == (c["kind"] == "renamed"), c
        # a unit that was split or merged was, or is, a unit; an upgraded one has a new code
        assert (("city", c["from_code"]) in BY_KEY) == (c["kind"] != "upgraded"), c
        assert ("only the year is certain" not in c["note"]) or c["date"].endswith("-12-31"), c
    in_order = sorted(CHANGES, key=lambda c: (c["date"], c["from_code"], c["to_code"]))
    assert in_order == CHANGES


def test_changes_explain_what_came_and_went() -> None:
    gone = {c["from_code"]: c["date"] for c in CHANGES if c["from_code"] in DISSOLVED}
    assert gone == {c: BY_KEY["city", c]["valid_to"] for c in DISSOLVED}
    for r in REGIONS:
        if r["valid_from"]:
            dates = {c["date"] for c in CHANGES if c["to_code"] == r["region_code"]}
            assert dates == {r["valid_from"]}, r


def test_upgraded_prefectures_keep_their_old_code_and_name() -> None:
    old_codes = {a["alias"]: a["region_code"] for a in ALIASES if a["kind"] == "old_code"}
    old_names = {a["region_code"] for a in ALIASES if a["kind"] == "old_name"}
    for c in CHANGES:
        if c["kind"] == "upgraded" and c["from_code"].endswith("00"):
            assert old_codes[c["from_code"]] == old_codes[c["from_code"][:4]] == c["to_code"], c
            assert c["to_code"] in old_names, c
        if c["kind"] == "renamed":
            assert c["to_code"] in old_names, c


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("襄阳市", 2010),
        ("毕节市", 2011),
        ("铜仁市", 2011),
        ("三沙市", 2012),
        ("海东市", 2013),
        ("日喀则市", 2014),
        ("昌都市", 2014),
        ("林芝市", 2015),
        ("吐鲁番市", 2015),
        ("儋州市", 2015),
        ("山南市", 2016),
        ("哈密市", 2016),
        ("那曲市", 2017),
    ],
)
def test_year_of_later_changes(name: str, year: int) -> None:
    code = next(r["region_code"] for r in REGIONS if r["name_zh"] == name)
    assert {int(c["date"][:4]) for c in CHANGES if c["to_code"] == code} == {year}


# ------------------------------------------------------------------ groupings


def test_group_members_and_labels() -> None:
    assert len(GROUP) == len(GROUPINGS)
    for g in GROUPINGS:
        assert (g["level"], g["region_code"]) in BY_KEY, g
    used = {(g["grouping"], g["group_id"]) for g in GROUPINGS}
    labelled = [(label["grouping"], label["group_id"]) for label in LABELS]
    assert len(labelled) == len(set(labelled)) and set(labelled) == used
    for label in LABELS:
        assert all(label.values()) and label["label_en"].isascii(), label


@pytest.mark.parametrize(
    ("grouping", "level", "sizes"),
    [
        ("nbs_region", "province", {"east": 10, "central": 6, "west": 12, "northeast": 3}),
        ("municipality", "province", {"municipality": 4, "other": 27}),
        ("municipality", "city", {"municipality": 4, "other": 338}),
        ("city_tier", "city", {"key": 19, "ordinary": 323}),
        ("resource_based", "city", {"resource": 126, "non_resource": 216}),
    ],
)
def test_partitions_cover_their_level(grouping: str, level: str, sizes: dict[str, int]) -> None:
    found = {c: i for (g, lv, c), i in GROUP.items() if (g, lv) == (grouping, level)}
    assert set(found) == codes(level)
    assert Counter(found.values()) == sizes


def test_city_region_follows_the_province() -> None:
    for code in codes("city"):
        province = BY_KEY["city", code]["province_code"]
        assert GROUP["nbs_region", "city", code] == GROUP["nbs_region", "province", province]


def test_sample_sizes_of_the_city_study() -> None:
    sample = members("city_284", "city", "in")
    assert len(sample) == 284
    assert all(BY_KEY["city", c]["name_zh"].endswith("市") for c in sample)
    assert not sample & DISSOLVED
    assert len(sample & members("city_tier", "city", "key")) == 19  # 171 rows of nine years
    assert len(sample & members("resource_based", "city", "resource")) == 114  # 1026 rows
    assert members("municipality", "city", "municipality") == MUNICIPALITIES


def test_sample_sizes_of_the_province_study() -> None:
    sample = members("province_28", "province", "in")
    assert codes("province") - sample == {"150000", "540000", "650000"}
    sizes = Counter(GROUP["nbs_region", "province", c] for c in sample)
    assert sizes == {"east": 10, "central": 6, "west": 9, "northeast": 3}


# ------------------------------------------------------------------ policies


def test_pilot_counts() -> None:
    counts = Counter((p["variant"], p["level"]) for p in POLICIES)
    assert counts == {
        ("paper", "city"): 67,
        ("paper", "province"): 9,
        ("strict", "city"): 63,
        ("whole_provinces", "city"): 88,
        ("whole_provinces", "province"): 10,
    }
    rows = {(p["policy"], p["variant"], p["level"], p["region_code"]) for p in POLICIES}
    assert len(rows) == len(POLICIES)


def test_pilot_rosters_follow_the_zones() -> None:
    ten = {c + "0000" for c in PILOT_PROVINCES}
    assert pilots("whole_provinces", "province") == ten
    assert pilots("paper", "province") == ten - {"150000"}
    whole = {c for c in codes("city") if c[:2] in PILOT_PROVINCES}
    assert pilots("whole_provinces", "city") == whole
    assert pilots("strict", "city") == {
        c for c in whole if c[:2] not in {"21", "44"} or c in DELTA or c == "210100"
    }
    sample = members("city_284", "city", "in")
    assert pilots("paper", "city") == {c for c in whole & sample if c[:2] != "21" or c == "210100"}
    assert pilots("paper", "province") <= members("province_28", "province", "in")


def test_pilot_dates() -> None:
    for p in POLICIES:
        guizhou = p["region_code"].startswith("52")
        assert (p["date"], p["batch"]) == (("2016-02-25", "1") if guizhou else ("2016-10-08", "2"))
        assert ("贵州" in p["document"]) == guizhou, p
        assert " / " in p["document"], p


# ------------------------------------------------------------------ against the source files


def test_roster_of_the_city_study() -> None:
    roster = {r["city_code"]: r for r in reference("city_roster_284")}
    assert set(roster) == members("city_284", "city", "in")
    for code, r in roster.items():
        region = BY_KEY["city", code]
        assert (region["name_zh"], region["province_code"]) == (r["name"], r["province_code"])
        key = GROUP["city_tier", "city", code] == "key"
        resource = GROUP["resource_based", "city", code] == "resource"
        assert (key, resource) == (r["is_key_city"] == "1", r["is_resource_based"] == "1"), r
    treated = {c for c, r in roster.items() if r["is_pilot"] == "1"}
    assert treated == pilots("paper", "city")


def test_resource_based_units_are_those_of_the_list() -> None:
    listed = {
        r["name"] for r in reference("resource_based_cities_2013") if r["level"] != "county_city"
    }
    named = {BY_KEY["city", c]["name_zh"] for c in members("resource_based", "city", "resource")}
    assert named == listed


def test_every_unit_of_the_index_file_resolves() -> None:
    data = pd.read_stata(needs("city/PKU_DFIIC_city.dta"), convert_categoricals=False)
    units = data.filter(regex=r"pref_(name|code)_year1[48]$").drop_duplicates()
    assert len(units) == 338
    keys = all_keys("city")
    for row in units.to_dict("records"):
        code = f"{row['pref_code_year18']:.0f}00"
        assert BY_KEY["city", code]["name_zh"] == row["pref_name_year18"], row
        for column, value in row.items():
            assert keys[region_key(str(value))] == {code}, (column, row)
    present = {f"{c:.0f}00" for c in units["pref_code_year18"]}
    assert codes("city") - present == DISSOLVED - {"371200"}


def province_labels() -> Iterator[tuple[str, str]]:
    index = pd.read_stata(needs("province/PKU_DFIIC_province.dta"), convert_categoricals=False)
    for column in ("prov_name", "prov_name_eng", "prov_code"):
        yield from (("province", str(v)) for v in index[column].unique())
    for name in ("panel_green_patents", "panel_trade_fiscal"):
        table = pd.read_csv(needs(f"province/{name}.csv"), dtype=str)
        yield from (("province", v) for v in table["province"].unique())


def city_labels() -> Iterator[tuple[str, str]]:
    path = needs("city/2000-2023地级市产业结构 .xlsx")
    table = pd.read_excel(path, sheet_name="面板数据2000-2023", dtype=str, engine="openpyxl")
    for column in ("城市名称", "城市代码"):
        yield from (("city", v) for v in table[column].dropna().unique())
    path = needs("city/金融发展水平（2003-2023）236缺失.xlsx")
    table = pd.read_excel(path, dtype=str, engine="openpyxl")
    for column in ("城市", "城市代码"):
        yield from (("city", v) for v in table[column].dropna().unique())


@pytest.mark.parametrize(("labels", "units"), [(province_labels, 31), (city_labels, 340)])
def test_every_label_of_the_other_files_resolves(
    labels: Callable[[], Iterator[tuple[str, str]]], units: int
) -> None:
    keys = {level: all_keys(level) for level in ("province", "city")}
    found = set()
    for level, text in labels():
        meaning = keys[level].get(region_key(text), set())
        assert len(meaning) == 1 and meaning != {""}, (level, text, meaning)
        found |= meaning
    assert len(found) == units


def test_every_province_and_autonomous_region_has_one_capital_and_no_municipality_is_one() -> None:
    capitals = members("provincial_capital", "city", "capital")
    provinces = Counter(BY_KEY["city", code]["province_code"] for code in capitals)
    assert provinces == Counter(codes("province") - MUNICIPALITIES)
    # The seat of government has the first code of its province.
    assert {code[2:] for code in capitals} == {"0100"}
    assert members("provincial_capital", "city", "other") == codes("city") - capitals


# How many others each province borders on land, counted on the administrative map.
BORDERS = {
    "11": 2, "12": 2, "13": 7, "14": 4, "15": 8, "21": 3, "22": 3, "23": 2, "31": 2, "32": 4,
    "33": 5, "34": 6, "35": 3, "36": 6, "37": 4, "41": 6, "42": 6, "43": 6, "44": 4, "45": 4,
    "46": 0, "50": 5, "51": 7, "52": 5, "53": 4, "54": 4, "61": 8, "62": 6, "63": 4, "64": 3,
    "65": 3,
}  # fmt: skip


def test_each_pair_of_neighbours_stands_once_and_counts_in_both_directions() -> None:
    pairs = [(n["region_code"][:2], n["neighbour_code"][:2]) for n in seed("neighbours")]
    assert {n["level"] for n in seed("neighbours")} == {"province"}
    assert all(one < other for one, other in pairs) and len(set(pairs)) == len(pairs)
    # Guangdong and Hainan face each other across a strait, and the list says so.
    [strait] = [n for n in seed("neighbours") if n["note"]]
    assert (strait["region_code"], strait["neighbour_code"]) == ("440000", "460000")
    on_land = Counter(code for pair in pairs if pair != ("44", "46") for code in pair)
    assert {code: on_land[code] for code in BORDERS} == BORDERS
