"""What Python says of cells and regions without a warehouse is what the SQL of builds says."""

from __future__ import annotations

import pytest

from nqp.addresses import cell_address, column_letters, column_number
from nqp.definitions.lists import read_list
from nqp.definitions.region_key import region_key
from warehouse import ROOT, Warehouse

# Around each end of an alphabet.
COLUMNS = [1, 2, 26, 27, 28, 52, 53, 701, 702, 703, 704, 1378, 1379, 16384]
SPELLINGS = [
    "北 京 市", "北京市*", "新疆①", "新疆 ⑳", "'1100", '="1100"', "1100.0", "340100.00",
    "１１００．０", "ＡＢc d", "吉林　省", "Inner Mongolia [1]", "重庆(2)", "重庆（12）",
    "西藏注1", "A\u200bB", "3401\u00a000",
    "x**", "12*", "a.0注", "内蒙\n古",
]  # fmt: skip


def test_letters_of_columns_and_their_numbers_are_each_others_inverse() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]
    assert [column_number(column_letters(n)) for n in COLUMNS] == COLUMNS
    assert column_number("aa") == 27


@pytest.mark.build
@pytest.mark.parametrize(
    ("file", "sheet"), [("a.xlsx", "Sheet 1"), ("b.csv", ""), ("c.dta", ""), ("d.DTA", "")]
)
def test_a_cell_has_one_address(simulated: Warehouse, file: str, sheet: str) -> None:
    for col_no in COLUMNS:
        [(told,)] = simulated.published.execute(
            "select quality.cell_address(?, ?, ?, ?)", [file, sheet, 720, col_no]
        ).fetchall()
        assert cell_address(file, sheet, 720, col_no) == told


@pytest.mark.build
def test_a_region_has_one_key(simulated: Warehouse) -> None:
    regions = read_list(ROOT / "catalogue" / "regions.csv")
    aliases = read_list(ROOT / "catalogue" / "region_aliases.csv")
    texts = [*SPELLINGS, *aliases["alias"]]
    for column in ("region_code", "name_zh", "short_zh", "name_en"):
        texts += list(regions[column])
    keys = simulated.published.execute(
        "select said, quality.region_key(said) from (select distinct unnest(?) as said)", [texts]
    ).fetchall()
    assert [(said, region_key(said)) for said, _ in keys] == keys
    assert len(keys) > 1000
