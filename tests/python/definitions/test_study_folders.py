"""Folders of studies: what one takes over from another, what is left out, what is kept apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from nqp.definitions import (
    DefinitionError,
    Loaded,
    Selection,
    check,
    definition_cells,
    load,
    manifest_homes,
)
from warehouse import ROOT

SERIES = "series_id,label_en,label_zh,unit,lowest,highest\n"
VARIABLES = "variable_id,role,label_en,numerator,denominator\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The catalogue and the shipped studies, to be changed."""
    for name in ("catalogue", "studies"):
        shutil.copytree(ROOT / name, tmp_path / "project" / name)
    return tmp_path / "project"


def study(folder: Path, row: str, **lists: str) -> Path:
    """A folder with a study.csv (`column=value` with semicolons between) and other lists."""
    folder.mkdir(parents=True)
    cells = dict(pair.split("=", 1) for pair in row.split(";"))
    (folder / "study.csv").write_text(
        ",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8"
    )
    for name, text in lists.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def chosen(project: Path, *outside: Path, profile: str = "own", **options: object) -> Loaded:
    return load(Selection(project, profile, tuple(outside), **options))  # type: ignore[arg-type]


def fault(loaded: Loaded) -> str:
    with pytest.raises(DefinitionError) as raised:
        check(loaded)
    return str(raised.value)


def of(loaded: Loaded, name: str, owner: str) -> pd.DataFrame:
    table = loaded.tables[name]
    return table[table["study"] == owner]


def test_an_extender_takes_over_what_it_does_not_say(project: Path, tmp_path: Path) -> None:
    mine = study(
        tmp_path / "mine", "title_en=Mine;extends=city;first_year=2015",
        variables=VARIABLES + "Gov,control,Spending,fiscal_expenditure,\nNew,control,New,loans,\n",
    )  # fmt: skip
    loaded = chosen(project, mine)
    check(loaded)
    row, base = of(loaded, "studies", "mine").iloc[0], of(chosen(project, mine), "studies", "city")
    assert (row["first_year"], row["last_year"], row["title_zh"]) == ("2015", "2022", "Mine")
    assert row["index_id"] == base.iloc[0]["index_id"] and row["roster"] == "city_284"
    variables = of(loaded, "variables", "mine").set_index("variable_id")
    assert set(variables.index) == {"Index", "LnGIP", "LnGDP", "Fin", "Str", "Com", "Gov", "New"}
    # Its own row comes in the place of the one taken over.
    assert (
        variables.loc["Gov", "denominator"] == "" and variables.loc["Com", "denominator"] == "gdp"
    )
    assert len(of(loaded, "indicators", "mine")) == 12
    assert of(loaded, "regression_specs", "mine").empty
    assert loaded.scopes["mine"] == ("mine", "city") and loaded.built == ("mine",)


def test_indicators_of_its_own_are_another_system(project: Path, tmp_path: Path) -> None:
    one = "indicator_id,position,label_en,sign,numerator\nrobots,1,Robots,1,robot_density\n"
    mine = study(tmp_path / "mine", "title_en=Mine;extends=city", indicators=one)
    assert of(chosen(project, mine), "indicators", "mine")["indicator_id"].tolist() == ["robots"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("title_en=Mine;extends=citty", "no study is called 'citty'; did you mean 'city'?"),
        ("title_en=Mine;extends=mine", "mine extend each other in a circle"),
        ("title_en=Mine;extends=city;titel_zh=x", "did you mean 'title_zh'?"),
        ("title_en=Mine;extends=city;headline=x", "a column that is read"),
    ],
)
def test_a_study_that_cannot_be_followed_says_why(
    project: Path, tmp_path: Path, row: str, says: str
) -> None:
    text = fault(chosen(project, study(tmp_path / "mine", row)))
    assert says in text and f"{tmp_path}/mine/study.csv, line" in text


def test_a_file_that_is_no_list_is_told(project: Path, tmp_path: Path) -> None:
    mine = study(tmp_path / "mine", "title_en=Mine;extends=city", variable=VARIABLES)
    assert "variable.csv is no list that is read; did you mean variables.csv?" in fault(
        chosen(project, mine)
    )


def test_a_folder_without_a_study_and_two_of_one_name_are_told(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DefinitionError, match=r"empty, named in NQP_STUDIES, has no study\.csv"):
        chosen(project, tmp_path / "empty")
    twin = study(tmp_path / "city", "title_en=Mine")
    with pytest.raises(DefinitionError, match="both called city"):
        chosen(project, twin)
    with pytest.raises(DefinitionError, match="no study is called 'citi'; did you mean 'city'"):
        chosen(project, profile="simulated", without=("citi",))


def test_one_that_is_broken_is_named_and_the_other_is_built_without_it(
    project: Path, tmp_path: Path
) -> None:
    good = study(tmp_path / "good", "title_en=Good;extends=city")
    bad = study(tmp_path / "bad", "title_en=Bad;extends=city;first_year=soon")
    text = fault(chosen(project, good, bad))
    assert f"{bad}/study.csv, line 2 (bad), column first_year: found 'soon'" in text
    assert text.endswith("To build the others first: nqp build --without bad")
    rest = chosen(project, good, bad, without=("bad",))
    check(rest)
    assert rest.built == ("good",)


def test_without_a_paper_all_else_is_built(project: Path) -> None:
    shutil.rmtree(project / "studies" / "city_database")
    loaded = chosen(project, profile="public")
    check(loaded)
    heirs = ["city_database_alone", "city_nqpf"]
    assert not {*heirs} & {*loaded.built} and "city_public" in loaded.built
    for heir, sentence in zip(heirs, sorted(loaded.left_out), strict=True):
        assert f"{heir}/study.csv, line 2, column extends: no study is called" in sentence


def test_a_build_holds_what_it_builds(project: Path, tmp_path: Path) -> None:
    mine = study(tmp_path / "mine", "title_en=Mine;extends=city")
    cells = definition_cells(chosen(project, mine))
    assert set(cells.loc[cells["list"] == "studies", "study"]) == {"mine"}
    assert set(cells.loc[cells["list"] == "variables", "study"]) == {"mine"}
    assert "city" in set(cells.loc[cells["list"] == "published_fits", "study"])
    assert cells.columns.tolist() == ["study", "list", "file", "line", "column", "text"]


def test_an_id_of_the_catalogue_may_mean_something_else_in_a_study(
    project: Path, tmp_path: Path
) -> None:
    """A new release whose catalogue comes to use an id changes nothing for the study."""
    series = SERIES + "gdp,My GDP,,100m_yuan,0,9\nloans2,Loans,,100m_yuan,0,9\n"
    mine = study(
        tmp_path / "mine", "title_en=Mine;extends=city", series=series,
        variables=VARIABLES + "Two,control,Two,gdp + loans@bank,gdp@mine\n",
        manifest="source_id,file,layout,level,header,series_id,unit\n"
        "mine,a.csv,long_panel,city,1,gdp,100m_yuan\n",
    )  # fmt: skip
    heir = study(tmp_path / "heir", "title_en=Heir;extends=mine",
                 variables=VARIABLES + "Three,control,Three,gdp,\n")  # fmt: skip
    stranger = study(tmp_path / "stranger", "title_en=Stranger;extends=city",
                     variables=VARIABLES + "Three,control,Three,gdp,\n")  # fmt: skip
    loaded = chosen(project, mine, heir, stranger)
    check(loaded)
    assert of(loaded, "series", "mine")["series_id"].tolist() == ["mine.gdp", "loans2"]
    two = of(loaded, "variables", "mine").set_index("variable_id").loc["Two"]
    assert (two["numerator"], two["denominator"]) == ("mine.gdp + loans@bank", "mine.gdp@mine")
    three = loaded.tables["variables"].set_index(["study", "variable_id"])["numerator"]
    assert three["heir", "Three"] == "mine.gdp" and three["stranger", "Three"] == "gdp"
    # What it takes over means what it meant where it stands.
    assert three["mine", "LnGDP"] == "gdp"
    places = {place.owner: place for place in manifest_homes(Selection(project, "own"), loaded)}
    assert places["mine"].renamed["series"] == {"gdp": "mine.gdp"}
    table = pd.DataFrame({"series_id": ["gdp", "loans2"], "unit": ["100m_yuan", "yuan"]})
    assert places["mine"].as_called(table)["series_id"].tolist() == ["mine.gdp", "loans2"]


def test_what_two_studies_say_alike_is_one(project: Path, tmp_path: Path) -> None:
    series = SERIES + "rain,Rain,雨,ratio,0,9\n"
    both = [
        study(tmp_path / name, "title_en=Mine;extends=city", series=series) for name in ("a", "b")
    ]
    loaded = chosen(project, *both)
    check(loaded)
    assert (loaded.tables["series"]["series_id"] == "rain").sum() == 1
    (both[1] / "series.csv").write_text(series.replace("Rain", "Rainfall"), encoding="utf-8")
    loaded = chosen(project, *both)
    check(loaded)
    assert {"a.rain", "b.rain"} <= set(loaded.tables["series"]["series_id"])


def test_a_roster_is_listed_or_named_and_not_both(project: Path, tmp_path: Path) -> None:
    mine = study(
        tmp_path / "mine", "title_en=Mine;extends=city;roster=city_284",
        roster="region_code\n110000\n120000\n130100\n",
    )  # fmt: skip
    assert "roster.csv" in fault(chosen(project, mine))
    own = study(tmp_path / "own", "title_en=Mine;extends=city",
                roster="region_code\n110000\n120000\n130200\n999999\n")  # fmt: skip
    text = fault(chosen(project, own))
    assert f"{own}/roster.csv, line 5 (own roster city 999999), column region_code: " in text


# --- a level of their own -----------------------------------------------------------------------

REGIONS = "region_code,name_en,parent_code\nN1,Nord,{0}\nN2,Northam,{1}\nS1,Sud,{2}\n"
TWO_WAY = (
    "spec_id,table_number,column_number,title_en,outcome,treatment,vcov,cluster\n"
    "{study}.t1.c1,1,1,Two-way,Rain,law,clustered,{cluster}\n"
)


def districts(
    folder: Path, parents: str = "a a b", cluster: str = "region_code", **lists: str
) -> Path:
    """A study of three districts, one of them treated. parents: `-` for none."""
    names = [name.strip("-") for name in parents.split()]
    own = {
        "regions": REGIONS.format(*names),
        "policies": "policy,region_code,date\nlaw,N1,2003-01-01\n",
        "series": SERIES + "rain,Rain,雨,ratio,0,9\n",
        "variables": VARIABLES + "Rain,outcome,Rain,rain,\n",
        "regression_specs": TWO_WAY.format(study=folder.name, cluster=cluster),
    }
    row = "title_en=Mine;level=district;first_year=2001;last_year=2006;policy=law"
    return study(folder, row, **own | lists)


def test_two_studies_that_differ_on_a_unit_are_told_what_each_says(
    project: Path, tmp_path: Path
) -> None:
    one, other = districts(tmp_path / "one"), districts(tmp_path / "other")
    check(chosen(project, one, other))
    regions = other / "regions.csv"
    regions.write_text(REGIONS.format("a", "a", "b").replace("Sud", "South"), encoding="utf-8")
    text = fault(chosen(project, one, other))
    assert (
        f"{regions}, line 4 (district S1), column name_en: found 'South', expected 'Sud', as in "
        f"line 4 of {one}/regions.csv." in text
    )
    assert "give the level district another name" in text and "--without other" in text
    # A code of the catalogue is not renamed either.
    mine = study(tmp_path / "mine", "title_en=Mine;extends=city",
                 regions="region_code,name_en,level\n110000,Peking,city\n")  # fmt: skip
    told = fault(chosen(project, mine))
    assert "found 'Peking', expected 'Beijing', as in line" in told
    assert "of catalogue/regions.csv" in told


def test_units_of_two_studies_may_differ_in_what_one_leaves_blank(
    project: Path, tmp_path: Path
) -> None:
    one = districts(tmp_path / "one", "a a -")
    loaded = chosen(project, one, districts(tmp_path / "other", "a a b"))
    check(loaded)
    regions = loaded.tables["regions"]
    assert regions.loc[regions["region_code"] == "S1", "parent_code"].tolist() == ["b"]


def test_a_parent_is_a_unit_where_others_are(project: Path, tmp_path: Path) -> None:
    check(chosen(project, districts(tmp_path / "words", "north north south")))
    check(chosen(project, districts(tmp_path / "codes", "110000 110000 120000")))
    slip = districts(tmp_path / "slip", "110000 11000 120000")
    text = fault(chosen(project, slip))
    assert f"{slip}/regions.csv, line 3 (district N2), column parent_code: found '11000'" in text
    assert "did you mean '110000'?" in text


def test_clusters_hold_every_unit_of_the_sample(project: Path, tmp_path: Path) -> None:
    check(chosen(project, districts(tmp_path / "full", cluster="parent_code")))
    partly = districts(tmp_path / "partly", "a - b", cluster="parent_code")
    text = fault(chosen(project, partly))
    assert f"{partly}/regression_specs.csv, line 2 (partly.t1.c1), column cluster: " in text
    assert "1 of 3 have no parent_code (N2)." in text
    # What is not in the sample need not lie in a cluster.
    (partly / "roster.csv").write_text("region_code\nN1\nS1\n", encoding="utf-8")
    check(chosen(project, partly))
    provinces = districts(tmp_path / "provinces", "110000 - 120000", cluster="province_code")
    assert "1 of 3 have no province_code (N2)." in fault(chosen(project, provinces))


def test_a_roster_holds_codes_alone(project: Path, tmp_path: Path) -> None:
    roster = "region_code,group_id\nN1,in\nS1,out\n"
    mine = districts(tmp_path / "mine", roster=roster)
    text = fault(chosen(project, mine))
    assert f"{mine}/roster.csv, line 1 (header), column group_id: " in text
    assert "Remove the column" in text


def test_a_level_that_is_none_is_wrong_once_and_first(project: Path, tmp_path: Path) -> None:
    mine = districts(tmp_path / "mine")
    for level in ("", "District"):
        lists = (mine / "study.csv").read_text(encoding="utf-8").splitlines()
        cells = dict(zip(lists[0].split(","), lists[1].split(","), strict=True))
        cells["level"] = level
        (mine / "study.csv").write_text(
            f"{','.join(cells)}\n{','.join(cells.values())}\n", encoding="utf-8"
        )
        problems = fault(chosen(project, mine)).splitlines()[1:]
        assert problems[0].startswith(f"{mine}/study.csv, line 2 (mine), column ")
        assert not any("regions.csv, line" in line and "column level" in line for line in problems)


def test_an_alias_is_told_by_the_file_that_has_the_name(project: Path, tmp_path: Path) -> None:
    mine = districts(tmp_path / "mine", aliases="alias,region_code\nnord,S1\n")
    assert f"line 2 of {mine}/regions.csv gives it to N1" in fault(chosen(project, mine))


def test_an_index_without_indicators_is_an_error(project: Path, tmp_path: Path) -> None:
    """The index would be missing from the panel without a word."""
    for cells, column, found in (
        ("index_id=living", "index_id", "'living'"),
        ("index_label_en=Living", "index_label_en", "'Living'"),
        ("winsorise_indicators=0.01", "winsorise_indicators", "'0.01'"),
    ):
        mine = study(tmp_path / column / "mine", f"title_en=Mine;extends=castle_doctrine;{cells}")
        text = fault(chosen(project, mine))
        assert f"{mine}/study.csv, line 2 (mine), column {column}: found {found}" in text
        assert "no indicators" in text and "indicators.csv" in text


def test_an_index_is_taken_over_however_far_away_its_indicators_are(
    project: Path, tmp_path: Path
) -> None:
    near = study(tmp_path / "near", "title_en=Near;extends=city")
    far = study(tmp_path / "far", "title_en=Far;extends=near;winsorise_indicators=0.01")
    loaded = chosen(project, near, far)
    check(loaded)
    for owner in ("near", "far"):
        assert len(of(loaded, "indicators", owner)) == 12
        assert of(loaded, "studies", owner).iloc[0]["index_id"] == "nqp"


def test_no_unit_lies_in_a_unit_of_its_own_level(project: Path, tmp_path: Path) -> None:
    """Alone or in a circle, it would be its own cluster."""
    mine = tmp_path / "castle_doctrine"
    shutil.move(project / "studies" / "castle_doctrine", mine)
    regions = mine / "regions.csv"
    text = regions.read_text(encoding="utf-8")
    regions.write_text(
        text.replace("亚拉巴马州,south", "亚拉巴马州,AK").replace("阿肯色州,south", "阿肯色州,AR"),
        encoding="utf-8",
    )
    told = fault(chosen(project, mine))
    assert f"{regions}, line 2 (us_state AL), column parent_code: found 'AK'" in told
    assert f"{regions}, line 5 (us_state AR), column parent_code: found 'AR'" in told
    assert "no unit of level us_state itself" in told
