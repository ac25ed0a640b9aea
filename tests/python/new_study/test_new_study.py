"""A new study's folder from a data file and answers, and what answers are refused."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nqp.new_study import (
    Catalogue,
    Draft,
    NewStudyError,
    read_answers,
    read_data,
    understood,
    write_study,
)
from nqp.new_study.answers import QUESTIONS
from nqp.new_study.folder import has_event_study, variables_of
from nqp.new_study.variable_answers import column_name
from nqp.terminal import main
from warehouse import ROOT

CATALOGUE = Catalogue.read(ROOT)
HEADINGS = ("code", "state", "year", "homicide", "unemployment", "post", "group", "start")
# Three states, 2001 to 2004: AL treated from 2002, FL from 2003, WY never.
STARTS = {"AL": 2002, "FL": 2003, "WY": None}
NAMES = {"AL": "Alabama", "FL": "Florida", "WY": "Wyoming"}
GOOD = {
    "level": "us_state",
    "region_column": "code",
    "year_column": "year",
    "outcome": "homicide",
    "controls": "unemployment",
    "policy": "law",
    "treated": "post",
    "first_treated_year": "",
}


def panel() -> list[dict[str, Any]]:
    """The rows of the table, as the file has them."""
    rows = []
    for place, (code, start) in enumerate(STARTS.items()):
        for year in range(2001, 2005):
            rows.append(
                {
                    "code": code, "state": NAMES[code], "year": year,
                    "homicide": 4.5 + place + (year - 2000) / 8,
                    "unemployment": 5 + (place * year) % 3,
                    "post": int(start is not None and year >= start),
                    "group": int(start is not None), "start": start or "",
                }
            )  # fmt: skip
    return rows


def written(rows: Sequence[dict[str, Any]], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def answers(path: Path, **changed: str) -> Path:
    """A file of answers: the good ones, but for those given."""
    path.write_text(
        "question,answer\n"
        + "".join(f'{name},"{answer}"\n' for name, answer in (GOOD | changed).items()),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(panel(), tmp_path / "laws.csv")


def drafted(data: Path, **changed: str) -> Draft:
    """The draft that the good answers make, but for those given."""
    draft = Draft("mine", read_data(data), CATALOGUE)
    said = {
        name: (answer, place) for place, (name, answer) in enumerate((GOOD | changed).items(), 2)
    }
    return understood(draft, said, "answers.csv")


def refused(data: Path, **changed: str) -> str:
    with pytest.raises(NewStudyError) as error:
        drafted(data, **changed)
    return str(error.value)


def listed(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_total_is_no_unit_of_a_level_of_its_own(data: Path, tmp_path: Path) -> None:
    """It would be one more untreated unit; the build is told that it is none."""
    rows = panel()
    for year, name in ((2001, "Total"), (2002, "Total"), (2001, "合 计")):
        rows.append({**rows[0], "code": name, "state": "", "year": year, "homicide": 900})
    draft = drafted(written(rows, data))
    assert list(draft.regions) == ["AL", "FL", "WY"] and draft.totals == ["Total", "合 计"]
    assert draft.name_column == "state"
    folder = write_study(draft, tmp_path / "studies")
    assert [(row["alias"], row["kind"]) for row in listed(folder, "aliases.csv")] == [
        ("Total", "aggregate"), ("合 计", "aggregate"),
    ]  # fmt: skip
    assert [row["region_code"] for row in listed(folder, "roster.csv")] == ["AL", "FL", "WY"]
    assert {row["highest"] for row in listed(folder, "series.csv")} == {"100"}
    assert "`aliases.csv`" in (folder / "README.md").read_text(encoding="utf-8")


# --- what is written ----------------------------------------------------------------------------


def test_the_folder_says_what_the_answers_say(data: Path, tmp_path: Path) -> None:
    folder = write_study(drafted(data), tmp_path / "studies")
    assert folder == tmp_path / "studies" / "mine"
    [study] = listed(folder, "study.csv")
    assert (study["level"], study["first_year"], study["last_year"], study["policy"]) == (
        "us_state", "2001", "2004", "law",
    )  # fmt: skip
    assert [row["region_code"] for row in listed(folder, "roster.csv")] == ["AL", "FL", "WY"]
    assert [(row["region_code"], row["name_en"]) for row in listed(folder, "regions.csv")] == list(
        NAMES.items()
    )
    assert {row["region_code"]: row["date"] for row in listed(folder, "policies.csv")} == {
        "AL": "2002-01-01", "FL": "2003-01-01",
    }  # fmt: skip
    assert [(row["variable_id"], row["role"]) for row in listed(folder, "variables.csv")] == [
        ("homicide", "outcome"), ("unemployment", "control"),
    ]  # fmt: skip
    specs = {row["spec_id"]: row for row in listed(folder, "regression_specs.csv")}
    assert {name: row["controls"] for name, row in specs.items()} == {
        "mine.t1.c1": "", "mine.t1.c2": "unemployment",
    }  # fmt: skip
    assert specs["mine.t1.c1"]["cluster"] == "region_code"
    [event] = listed(folder, "event_study_specs.csv")
    assert (event["event_study_id"], event["reference"]) == ("mine.es.m1", "-1")


def test_the_manifest_finds_the_columns_in_a_copy_of_the_file(data: Path, tmp_path: Path) -> None:
    folder = write_study(drafted(data), tmp_path)
    copy = folder / "data" / "laws.csv"
    assert copy.read_bytes() == data.read_bytes()
    rows = listed(folder, "manifest.csv")
    assert [(row["item"], row["series_id"]) for row in rows] == [
        ("homicide", "mine_homicide"), ("unemployment", "mine_unemployment"),
    ]  # fmt: skip
    for row in rows:
        assert (row["file"], row["header"], row["region_key"], row["year_key"]) == (
            "laws.csv", "1", "code", "year",
        )  # fmt: skip
        assert row["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()


def test_the_readme_explains_every_file(data: Path, tmp_path: Path) -> None:
    folder = write_study(drafted(data), tmp_path)
    text = (folder / "README.md").read_text(encoding="utf-8")
    for path in folder.iterdir():
        if path.name != "README.md":
            name = f"{path.name}/" if path.is_dir() else path.name
            assert f"| `{name}` |" in text
    assert f"NQP_STUDIES={folder}" in text and "mine.t1.c1" in text
    # One screen.
    assert len(text.splitlines()) < 50


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "dta"])
def test_files_of_every_kind_make_the_same_study(suffix: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(panel())
    path = tmp_path / f"laws.{suffix}"
    frame["start"] = pd.to_numeric(frame["start"], errors="coerce")
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "xlsx":
        frame.to_excel(path, index=False, sheet_name="数据")
    else:
        frame.to_stata(path, write_index=False, version=118)
    draft = drafted(path, treated="", first_treated_year="start")
    assert draft.first_treated == {"AL": 2002, "FL": 2003}
    folder = write_study(draft, tmp_path)
    sheets = {row["sheet"] for row in listed(folder, "manifest.csv")}
    assert sheets == {"数据" if suffix == "xlsx" else ""}


def test_headings_in_chinese_become_columns_and_stay_labels(tmp_path: Path) -> None:
    rows = [
        {"地区": row["state"], "年份": f"{row['year']}年", "GDP（亿元）": row["homicide"],
         "失业率": row["unemployment"], "order": row["unemployment"] + 1, "试点": row["post"]}
        for row in panel()
    ]  # fmt: skip
    data = written(rows, tmp_path / "数据.csv")
    draft = drafted(
        data, region_column="地区", year_column="年份", outcome="GDP(亿元)",
        controls="失业率；order", policy="shidian", treated="试点",
    )  # fmt: skip
    outcome, unemployment, order = variables_of(draft)
    assert (outcome.variable_id, outcome.heading, outcome.unit) == ("GDP", "GDP(亿元)", "100m_yuan")
    assert (unemployment.variable_id, unemployment.unit) == ("control_1", "mine_as_given")
    # A word of SQL.
    assert order.variable_id == "order_value"


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("ln_income", "ln_income"),
        ("GDP per capita", "GDP_per_capita"),
        ("2014 share", "x_2014_share"),
        ("year", "year_value"),
        ("失业率", "outcome"),
        ("Größe", "Gr_e"),
        ("rel_m1", "rel_m1_value"),
    ],
)
def test_column_names_are_close_to_headings(heading: str, name: str) -> None:
    assert column_name(heading, "outcome") == name


def test_a_variable_called_like_the_policy_gets_another_name(data: Path) -> None:
    draft = drafted(data, policy="Homicide")
    assert [v.variable_id for v in variables_of(draft)] == ["homicide_2", "unemployment"]


def test_bounds_are_wide_and_negative_only_where_figures_are(tmp_path: Path) -> None:
    rows = [row | {"growth": row["homicide"] - 5} for row in panel()]
    draft = drafted(written(rows, tmp_path / "d.csv"), controls="growth")
    outcome, growth = variables_of(draft)
    assert (outcome.lowest, outcome.highest) == (0, 100)
    assert (growth.lowest, growth.highest) == (-100, 100)


# --- how answers are understood -----------------------------------------------------------------


@pytest.mark.parametrize(
    "controls",
    ["unemployment; group", "unemployment + group", "unemployment group", "unemployment,group",
     "unemployment;group", "unemployment， group"],
)  # fmt: skip
def test_controls_are_parted_as_people_part_them(data: Path, controls: str) -> None:
    assert drafted(data, controls=controls).controls == ("unemployment", "group")


def test_an_exact_heading_is_one_control_whatever_stands_in_it(tmp_path: Path) -> None:
    rows = [row | {"police; total": row["unemployment"] + 2} for row in panel()]
    draft = drafted(written(rows, tmp_path / "d.csv"), controls="police; total")
    assert draft.controls == ("police; total",)


@pytest.mark.parametrize(
    ("treated", "first"),
    [
        ("post", ""), ("post", "start"), ("group", "start"), ("", "start"),
        ("AL; FL", "start"), ("AL FL", "start"), ("al,Florida", "start"),
    ],
)  # fmt: skip
def test_who_is_treated_and_when_can_be_said_in_many_ways(
    data: Path, treated: str, first: str
) -> None:
    draft = drafted(data, treated=treated, first_treated_year=first)
    assert draft.first_treated == {"AL": 2002, "FL": 2003}


@pytest.mark.parametrize("treated", ["group", "AL; FL", "Alabama, Florida"])
def test_one_year_holds_for_all_treated(data: Path, treated: str) -> None:
    draft = drafted(data, treated=treated, first_treated_year="2003")
    assert draft.first_treated == {"AL": 2003, "FL": 2003}


def test_names_of_several_words_are_parted_by_semicolons(tmp_path: Path) -> None:
    rows = [row | {"code": f"New {row['state']}"} for row in panel()]
    data = written(rows, tmp_path / "d.csv")
    draft = drafted(data, treated="New Alabama; New Florida", first_treated_year="2003")
    assert set(draft.first_treated) == {"New Alabama", "New Florida"}
    assert set(drafted(data, treated="new alabama", first_treated_year="2003").treated) == {
        "New Alabama"
    }


def test_regions_of_the_catalogue_are_found_by_name_code_and_alias(tmp_path: Path) -> None:
    spelled = {"AL": "北京", "FL": "Tianjin Municipality", "WY": "130000"}
    total = [{**row, "code": "全国"} for row in panel() if row["code"] == "WY"]
    rows = [row | {"code": spelled[row["code"]]} for row in panel()] + total
    draft = drafted(written(rows, tmp_path / "d.csv"), level="province", treated="Beijing; 天津市",
                    first_treated_year="2003")  # fmt: skip
    assert draft.first_treated == {"110000": 2003, "120000": 2003}
    assert list(draft.regions) == ["110000", "120000", "130000"] and draft.totals == ["全国"]
    folder = write_study(draft, tmp_path)
    assert not (folder / "regions.csv").exists()
    assert len(listed(folder, "roster.csv")) == 3


def test_without_a_year_before_or_an_untreated_region_there_is_no_event_study(
    data: Path, tmp_path: Path
) -> None:
    assert has_event_study(drafted(data))
    rows = [row for row in panel() if row["code"] != "WY"]
    draft = drafted(written(rows, tmp_path / "all.csv"))
    assert not has_event_study(draft)
    folder = write_study(draft, tmp_path)
    assert not (folder / "event_study_specs.csv").exists()
    assert "There is no event study" in (folder / "README.md").read_text(encoding="utf-8")
    assert "event_study" not in {row["kind"] for row in listed(folder, "figure_specs.csv")}


# --- what is refused ----------------------------------------------------------------------------

REFUSED = [
    ({"level": "US state"}, 2, "did you mean 'us_state'?"),
    ({"region_column": "coda"}, 3, "did you mean 'code'?"),
    ({"region_column": "nothing like it"}, 3, "it has code, state, year"),
    ({"year_column": "yaer"}, 4, "did you mean 'year'?"),
    ({"year_column": "homicide"}, 4, "expected a year from 1949 to 2050 in every row"),
    ({"year_column": "code"}, 4, "expected another column than that of the regions"),
    ({"outcome": "homicides"}, 5, "did you mean 'homicide'?"),
    ({"outcome": "state"}, 5, "expected a column of figures; in 'state' row 2 has 'Alabama'"),
    ({"outcome": "year"}, 5, "holds the years"),
    ({"outcome": ""}, 5, "found nothing, expected the heading of the outcome"),
    ({"controls": "unemployment; unemploiment"}, 6, "did you mean 'unemployment'?"),
    ({"controls": "homicide"}, 6, "expected other columns than the outcome"),
    ({"controls": "unemployment unemployment"}, 6, "is named twice"),
    ({"controls": "state"}, 6, "expected a column of figures"),
    ({"policy": "select"}, 7, "did you mean 'select_value'?"),
    ({"policy": "castle law"}, 7, "did you mean 'castle_law'?"),
    ({"treated": "pots"}, 8, "did you mean 'post'?"),
    ({"treated": "AL; FX", "first_treated_year": "2003"}, 8, "no region 'FX'"),
    ({"treated": "Alabana; FL", "first_treated_year": "2003"}, 8, "(did you mean 'Alabama'?)"),
    ({"treated": "start"}, 8, "leave this answer blank then"),
    ({"treated": "unemployment", "controls": ""}, 8, "expected 0 and 1 in 'unemployment'"),
    ({"treated": "homicide"}, 8, "is an outcome or a control"),
    ({"treated": "group"}, 9, "is the same in all years of a region"),
    ({"treated": "AL; FL"}, 9, "the list of treated regions does not say it"),
    ({"treated": ""}, 9, "expected which regions are treated, and since when"),
    ({"treated": "", "first_treated_year": "2003"}, 9, "answer `treated` too"),
    ({"first_treated_year": "stort"}, 9, "did you mean 'start'?"),
    ({"first_treated_year": "2003"}, 9, "Alabama (AL) has its first 1 in 2002, not in 2003"),
    ({"first_treated_year": "year"}, 9, "holds the years"),
    ({"treated": "AL", "first_treated_year": "2001"}, 9, "first treated after 2001 and by 2004"),
    ({"treated": "AL", "first_treated_year": "2005"}, 9, "treatment begins in 2005"),
    ({"treated": "AL WY", "first_treated_year": "start"}, 9, "has none for Wyoming (WY)"),
    ({"treated": "AL FL WY", "first_treated_year": "2003"}, 9, "all 3 are treated from the same"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "row", "told"), REFUSED)
def test_an_answer_that_cannot_be_meant_is_told_by_row(
    data: Path, changed: dict[str, str], row: int, told: str
) -> None:
    message = refused(data, **changed)
    assert message.startswith(f"answers.csv, row {row} (") and told in message
    # One slip is one problem.
    assert len(message.splitlines()) == 1


def test_all_slips_are_told_at_once(data: Path) -> None:
    message = refused(data, outcome="homicid", controls="nothing", policy="select")
    assert [line.split(" (")[0] for line in message.splitlines()] == [
        "answers.csv, row 5", "answers.csv, row 6", "answers.csv, row 7",
    ]  # fmt: skip


def test_unknown_regions_of_the_catalogue_are_listed_with_what_they_may_be(tmp_path: Path) -> None:
    spelled = {"AL": "Beijng", "FL": "Tianjin", "WY": "Atlantis"}
    rows = [row | {"code": spelled[row["code"]]} for row in panel()]
    message = refused(written(rows, tmp_path / "d.csv"), level="province")
    assert "'Beijng' (did you mean Beijing?)" in message and "'Atlantis'" in message
    assert "Tianjin" not in message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.append(rows[0]), "rows 2 and 14 of laws.csv are both AL in 2001"),
        (lambda rows: rows[3].update(code=""), "'code' is blank in row 5"),
        (lambda rows: rows[3].update(year="20x4"), "'year' has '20x4' in row 5"),
        (lambda rows: rows[3].update(code="al"), "there are 'AL' and 'al', which are taken"),
        (lambda rows: rows[3].update(post=0), "is 1 in 2003 and 0 in 2004"),
        (lambda rows: rows[3].update(post=0.5), "row 5 of laws.csv has '0.5'"),
        (lambda rows: rows[1].update(post=""),
         "row 3 of laws.csv is blank, and Alabama (AL) is 1 in 2003"),
        (lambda rows: [row.update(homicide=3) for row in rows], "'homicide' is 3 throughout"),
        (lambda rows: [row.update(code="AL", year=2000 + n) for n, row in enumerate(rows)],
         "expected a column with several regions"),
        (lambda rows: [row.update(homicide="") for row in rows], "all its cells are blank"),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_is_told_by_its_row(tmp_path: Path, change: Any, told: str) -> None:
    rows = panel()
    change(rows)
    assert told in refused(written(rows, tmp_path / "laws.csv"))


def test_a_blank_that_hides_no_first_year_is_none_the_worse(tmp_path: Path) -> None:
    rows = panel()
    rows[4].update(post="")  # Florida in 2001, two years before the policy
    rows[3].update(post="")  # Alabama in 2004, two years after it began
    draft = drafted(written(rows, tmp_path / "laws.csv"))
    assert draft.treated == drafted(written(panel(), tmp_path / "whole.csv")).treated


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("code,year,code\nAL,2001,3\n", "the heading 'code' stands twice"),
        ("AL,2001,3\nFL,2001,4\n1,2,3\n", "has no region"),
        ("1,2001,3\n2,2001,4\n", "expected the headings of the columns, found figures"),
        ("code,year\n", "has no rows under its headings"),
        ("code,year\nAL,2001,5\n", "row 2: has a cell with no heading above it"),
        ("nothing\nhere\n", "holds no table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "laws.csv"
    path.write_text(text, encoding="utf-8")
    if told == "has no region":
        # Nobody can say that names of states are no headings; the answers do.
        assert "it has AL, 2001, 3" in refused(path, region_column="region")
        return
    with pytest.raises(ValueError, match=told):
        read_data(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("level,us_state\n", "row 1: expected the headings question,answer, found level,us_state"),
        ("question,answer\noutcom,homicide\n", "row 2: no question is called 'outcom'; did you "
         "mean 'outcome'?"),
        ("question,answer\npolicy,a\npolicy,b\n", "row 3: policy is answered in row 2 too"),
    ],
)  # fmt: skip
def test_a_file_of_answers_is_read_strictly(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NewStudyError) as error:
        read_answers(path)
    assert told in str(error.value)


def test_commas_in_an_answer_need_no_quotation_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("question,answer\ncontrols,a,b\ntreated,\n", encoding="utf-8")
    assert read_answers(path) == {"controls": ("a, b", 2), "treated": ("", 3)}


@pytest.mark.parametrize("study", ["long", "Mine", "1st", "my-study", "../mine", "city", ""])
def test_an_id_that_cannot_be_one_is_refused(
    data: Path, tmp_path: Path, study: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study, data, tmp_path) == 1
    error = capsys.readouterr().err
    assert "cannot be called" in error or "ships already" in error
    assert not (tmp_path / "into").exists()


# --- the command --------------------------------------------------------------------------------


def run(study: str, data: Path, tmp_path: Path, **changed: str) -> int:
    path = answers(tmp_path / "answers.csv", **changed)
    return main(
        ["new-study", study, "--data", str(data), "--into", str(tmp_path / "into"),
         "--answers", str(path)]
    )  # fmt: skip


def test_the_command_says_what_it_wrote_and_what_comes_next(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("mine", data, tmp_path) == 0
    folder = tmp_path / "into" / "mine"
    assert folder.is_dir() and [path.name for path in folder.parent.iterdir()] == ["mine"]
    assert f"NQP_STUDIES={folder} nqp build" in capsys.readouterr().out


def test_a_folder_that_is_there_is_left_as_it_is(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "into" / "mine"
    folder.mkdir(parents=True)
    (folder / "study.csv").write_text("precious", encoding="utf-8")
    assert run("mine", data, tmp_path) == 1
    assert "is there already" in capsys.readouterr().err
    assert [path.read_text("utf-8") for path in folder.iterdir()] == ["precious"]


def test_nothing_is_written_where_an_answer_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("mine", data, tmp_path, outcome="homicid") == 1
    error = capsys.readouterr().err
    assert error.startswith("nqp: answers.csv, row 5 (outcome): found 'homicid'")
    assert not (tmp_path / "into").exists()


@pytest.mark.parametrize("missing", ["--data", "--answers"])
def test_a_file_that_is_not_there_is_named(
    data: Path, tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {
        "--data": str(data), "--answers": str(answers(tmp_path / "answers.csv")),
        "--into": str(tmp_path / "into"),
    } | {missing: str(tmp_path / "nowhere.csv")}  # fmt: skip
    assert main(["new-study", "mine", *(word for pair in words.items() for word in pair)]) == 1
    assert "nowhere.csv does not exist" in capsys.readouterr().err


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a person types, from its beginning once it is rewound."""
    keys = io.StringIO()
    monkeypatch.setattr("sys.stdin", keys)
    yield keys


def test_questions_have_guesses_that_make_a_study(
    data: Path, tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.write("us_state\n" + "\n" * (len(QUESTIONS) - 1))
    typed.seek(0)
    words = ["new-study", "mine", "--data", str(data), "--into", str(tmp_path)]
    assert main(words) == 0, capsys.readouterr().err
    dates = {row["region_code"]: row["date"] for row in listed(tmp_path / "mine", "policies.csv")}
    assert dates == {"AL": "2002-01-01", "FL": "2003-01-01"}
    assert [row["variable_id"] for row in listed(tmp_path / "mine", "variables.csv")] == [
        "homicide"
    ]


def test_a_question_is_asked_again_until_its_answer_can_be_meant(
    data: Path, tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.write("us_state\ncode\nyear\nhomicid\nhomicide\n-\nlaw\nAL;FX\nAL;FL\n\n2003\n")
    typed.seek(0)
    assert main(["new-study", "mine", "--data", str(data), "--into", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert output.count("heading of the outcome [") == 2 and "did you mean 'homicide'?" in output
    assert output.count("first treated year, or the heading") == 2


def test_input_that_ends_too_soon_is_an_error(
    data: Path, tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.write("us_state\n")
    typed.seek(0)
    assert main(["new-study", "mine", "--data", str(data), "--into", str(tmp_path / "in")]) == 1
    assert "ended before region_column was answered" in capsys.readouterr().err
    assert not (tmp_path / "in").exists()
