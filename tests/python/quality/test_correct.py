"""A correction is recorded beside the manifest, against the cell as the file has it now."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mini_profile import CITY_COLUMNS, MiniProfile, write_profile
from nqp import ingest, terminal
from nqp.quality.corrections import Correction, record
from nqp.terminal.cells import column_number
from warehouse import Warehouse

HEADER = "file,sheet,row_no,col_no,old_text,new_value,reason"
OTHER = 'a.xlsx,S,2,3,"1,5",2,"two\nlines, ""quoted"" 中文"'
NEW = Correction("b.xlsx", "表 1", 720, 6, "23158.65", "5613", "the bulletin: 5613, not 23158")
LINE = 'b.xlsx,表 1,720,6,23158.65,5613,"the bulletin: 5613, not 23158"'


# --- the list itself -------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last_end", [True, False])
def test_the_other_rows_stay_byte_for_byte(
    tmp_path: Path, end: str, mark: str, last_end: bool
) -> None:
    path = tmp_path / "corrections.csv"
    before = f"{mark}{HEADER}{end}{OTHER}{end}{end}c.csv,,1,1,1,2, blanks stay "
    path.write_bytes((before + (end if last_end else "")).encode())
    assert record(path, NEW) == 5
    assert path.read_bytes().decode() == f"{before}{end}{LINE}{end}"
    read = ingest.read_corrections(path)
    assert tuple(read.iloc[-1]) == (*map(str, NEW), 5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("start", "mark"),
    [("", ";"), ("\ufeff", "\t"), ("", "|"), ("sep=,", ","), ("\ufeffsep=;", ";")],
)
def test_a_row_is_written_as_the_list_is(tmp_path: Path, start: str, mark: str, end: str) -> None:
    path = tmp_path / "corrections.csv"
    header = " file ,sheet, row_no,col_no,old_text,new_value,reason".replace(",", mark)
    before = start + (end if "sep" in start else "") + header + end
    path.write_bytes(before.encode())
    reason = 'a bulletin, p. 7; "final" | 终稿'
    assert record(path, NEW._replace(reason=reason)) == 2
    read = ingest.read_corrections(path).to_numpy().tolist()
    assert read == [[*map(str, NEW[:-1]), reason, 2]]
    assert record(path, NEW._replace(row_no=721)) == 3
    assert record(path, NEW._replace(reason="better"), replace=True) == 2
    last = [*map(str, NEW[:-1]), '"the bulletin: 5613, not 23158"' if mark == "," else NEW.reason]
    last[2] = "721"
    first = [*map(str, NEW[:-1]), "better"]
    assert path.read_bytes().decode() == before + "".join(
        mark.join(row) + end for row in (first, last)
    )


def test_a_row_that_would_be_read_otherwise_leaves_the_list_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text(f"{HEADER}\n{OTHER}\n", encoding="utf-8")
    before = path.read_bytes()
    monkeypatch.setattr("nqp.quality.lists._written", lambda value, mark: value)
    with pytest.raises(ValueError, match="so that it is read as it is meant"):
        record(path, NEW)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_an_absent_or_empty_list_begins_with_the_header(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    assert record(path, NEW) == 2
    assert path.read_bytes().decode() == f"{HEADER}\n{LINE}\n"


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text("reason,who,new_value,old_text,col_no,row_no,sheet,file\n", encoding="utf-8")
    record(path, NEW)
    assert path.read_text(encoding="utf-8").splitlines()[1] == (
        '"the bulletin: 5613, not 23158",,5613,23158.65,6,720,表 1,b.xlsx'
    )


def test_a_cell_is_corrected_once_unless_the_old_row_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text(f"{HEADER}\n{OTHER}\n{LINE}\nc.csv,,1,1,1,2,why\n", encoding="utf-8")
    before = path.read_bytes()
    again = NEW._replace(new_value="5614", reason="revised")
    with pytest.raises(ValueError, match=r"corrections\.csv, row 3, already .* 5613 .*--replace"):
        record(path, again)
    assert path.read_bytes() == before
    assert record(path, again, replace=True) == 3
    assert path.read_bytes().decode() == before.decode().replace(
        LINE, "b.xlsx,表 1,720,6,23158.65,5614,revised"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": "  "}, "a correction needs a reason"),
        ({"new_value": "5,613"}, "'5,613' is not a number: write 5613"),
        ({"new_value": "=5613"}, "'=5613' is not a number"),
        ({"new_value": "inf"}, "'inf' is not a number"),
        ({"new_value": "５６１３"}, "is not a number"),
        ({"new_value": "1e999"}, "is not a number"),
        ({"new_value": "1e100"}, "is not a number"),
        ({"new_value": "1" * 41}, "is not a number"),
        ({"sheet": " S "}, "cannot be changed so that it is read as it is meant"),
        ({"new_value": "23158.650"}, "the cell already holds 23158.65"),
        ({"old_text": "5,613", "new_value": "5613.0"}, "the cell already holds 5,613"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "corrections.csv"
    with pytest.raises(ValueError, match=message):
        record(path, NEW._replace(**change))
    assert not path.exists()


def test_a_list_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_bytes(f"{HEADER}\n".encode() + "a.csv,,1,1,1,2,原因".encode("gb18030"))
    before = path.read_bytes()
    with pytest.raises(ingest.IngestError, match="not UTF-8"):
        record(path, NEW)
    assert path.read_bytes() == before


def test_the_list_is_replaced_whole_and_keeps_its_mode_and_its_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "corrections.csv"
    real.write_text(f"{HEADER}\n", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    record(link, NEW)
    assert link.is_symlink() and stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corrections.csv", "real.csv"]

    def no_space(*_: object) -> None:
        raise OSError("No space left on device")

    before = real.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(OSError, match="No space"):
        record(link, NEW._replace(row_no=721))
    assert real.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corrections.csv", "real.csv"]


def test_columns_have_letters_and_numbers() -> None:
    letters = {1: "A", 6: "F", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA"}
    assert all(column_number(name.lower()) == number for number, name in letters.items())
    assert column_number("27") == 27
    for nothing in ("0", "F1", "-1", "", "é", "²"):
        with pytest.raises(ValueError, match="expected a number from 1, or letters"):
            column_number(nothing)


# --- from the command line to the build's own check ------------------------------------------

Correct = Callable[..., tuple[int, str, str]]


@pytest.fixture
def files(
    mini: Warehouse, mini_profile: MiniProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The files and the manifest that `mini` was built from, free to be changed."""
    folder = write_profile(tmp_path / "files").folder
    assert (folder / "city.csv").read_bytes() == (mini_profile.folder / "city.csv").read_bytes()
    monkeypatch.setenv("NQP_WAREHOUSE", str(mini.build.published.parent))
    monkeypatch.setenv("NQP_DATA_DIR", str(folder))
    monkeypatch.setenv("NQP_MANIFEST_DIR", str(folder))
    return folder


@pytest.fixture
def correct(files: Path, capsys: pytest.CaptureFixture[str]) -> Correct:
    """Run ``nqp correct``: status, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = terminal.main(["correct", "--profile", "licensed", *arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


# Row 13 of city.csv is the third year of the second city, Ordos; GDP stands in column 3.
ROW, COLUMN, YEAR = 13, CITY_COLUMNS.index("gdp") + 1, "2016"


def cell_text(folder: Path) -> str:
    line = (folder / "city.csv").read_text(encoding="utf-8").splitlines()[ROW - 1]
    return line.split(",")[COLUMN - 1]


@pytest.mark.build
@pytest.mark.parametrize(
    "words",
    [
        ["鄂尔多斯市", YEAR, "gdp", "5613"],
        ["ordos", YEAR, "gdp", "5613", "--source", "city_figures"],
        ["1506", YEAR, "gdp", "5613", "--level", "city"],
        ["--cell", "city.csv", "", str(ROW), str(COLUMN), "5613"],
        ["--cell", "city.csv", "", str(ROW), "c", "5613"],
    ],
)
def test_a_correction_is_recorded_and_passes_the_check_of_the_build(
    correct: Correct, files: Path, mini: Warehouse, words: list[str]
) -> None:
    status, output, errors = correct(*words, "--reason", "公报 bulletin")
    assert (status, errors) == (0, "")
    list_ = files / "corrections.csv"
    old = cell_text(files)
    assert output.splitlines()[:2] == [
        f"{list_}, row 2: city.csv, row {ROW}, column {COLUMN}",
        f"holds {old} and counts as 5613 from the next build on, in 100 million yuan 亿元.",
    ]
    assert "make build PROFILE=licensed DATA_DIR=" in output
    read = ingest.read_corrections(list_)
    assert read.to_numpy().tolist() == [
        ["city.csv", "", str(ROW), str(COLUMN), old, "5613", "公报 bulletin", 2]
    ]
    compiled = mini.build.published.parent / ".dbt/target/compiled/nqp/models/staging"
    listed = read.assign(listed="corrections.csv, row 2")  # noqa: F841
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as licensed")
        for schema in ("raw", "staging"):
            connection.execute(f"create schema licensed.{schema}")
        cells = mini.internal.execute("from staging.cells where file = 'city.csv'").df()  # noqa: F841
        connection.execute("create table licensed.staging.cells as from cells")
        connection.execute("create table licensed.raw.corrections as from listed")
        sql = (compiled / "corrections.sql").read_text(encoding="utf-8")
        [(number,)] = connection.execute(f"select new_number from ({sql})").fetchall()
    assert number == 5613


@pytest.mark.build
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["鄂尔多斯市", YEAR, "gdp", "many"], "'many' is not a number"),
        (["鄂尔多斯市", YEAR, "gdp"], "expected REGION YEAR SERIES NEW"),
        (["Ordoss", YEAR, "gdp", "1"], "is called 'Ordoss'; did you mean Ordos? Known"),
        (["鄂尔多斯是", YEAR, "gdp", "1"], "is called '鄂尔多斯是'; did you mean 鄂尔多斯"),
        (["Atlantis City", YEAR, "gdp", "1"], "is called 'Atlantis City'. Known are"),
        (["鄂尔多斯市", "this", "gdp", "1"], "year 'this': expected a number such as 2022"),
        (["鄂尔多斯市", "²⁰²²", "gdp", "1"], "year '²⁰²²': expected a number such as 2022"),
        (["鄂尔多斯市", YEAR, "gdp", "1e999"], "'1e999' is not a number"),
        (["鄂尔多斯市", "1999", "gdp", "1"], "in 1999: there are 2014 to 2022"),
        (["鄂尔多斯市", YEAR, "GDP", "1"], "no series has the id 'GDP'"),
        (["鄂尔多斯市", YEAR, "loans", "1"], "nor in any other year"),
        (["鄂尔多斯市", YEAR, "gdp", "1", "--source", "x"], "it is given by city_figures."),
        (["北京", "2014", "gdp", "1"], "北京 is a city and a province: give --level city"),
        (["--cell", "town.csv", "", "1", "1", "1"], "names no file 'town.csv'"),
        (["--cell", "../city.csv", "", "1", "1", "1"], "names no file '../city.csv'"),
        (["--cell", "city.csv", "", "99", "3", "1"], "there is no cell city.csv, row 99, column 3"),
        (["--cell", "city.csv", "", "x", "3", "1"], "row 'x': expected a number from 1"),
        (["--cell", "city.csv", "", "²", "3", "1"], "row '²': expected a number from 1"),
        (["--cell", "city.csv", "", "9" * 30, "3", "1"], "expected a number from 1"),
        (["--cell", "city.csv", "", "2", "F9", "1"], "column 'F9': expected a number"),
        (["--cell", "city.csv", "2", "3", "1"], "FILE SHEET ROW COLUMN NEW"),
        (["--cell", "city.csv", "", "1", "3", "1"], r"is no figure of the manifest (header)"),
    ],
)
def test_what_cannot_be_corrected_is_said_in_a_sentence(
    correct: Correct, files: Path, words: list[str], message: str
) -> None:
    before = (files / "corrections.csv").read_bytes()
    status, output, errors = correct(*words, "--reason", "why")
    assert (status, output) == (1, "")
    assert errors.startswith("nqp: ") and message in errors and "Traceback" not in errors
    assert (files / "corrections.csv").read_bytes() == before


@pytest.mark.build
def test_a_file_that_changed_since_the_build_is_not_corrected(
    correct: Correct, files: Path
) -> None:
    """A line more above: at the place that the warehouse knows stands another year's figure."""
    path = files / "city.csv"
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(f"{header}\n{rest.splitlines()[0]}\n{rest}", encoding="utf-8")
    status, _, errors = correct("鄂尔多斯市", YEAR, "gdp", "5613", "--reason", "why")
    assert status == 1
    assert "has changed since the last build" in errors and cell_text(files) in errors


@pytest.mark.build
def test_a_second_correction_needs_replace(correct: Correct, files: Path) -> None:
    first = ["鄂尔多斯市", YEAR, "gdp"]
    assert correct(*first, "5613", "--reason", "why")[0] == 0
    status, _, errors = correct(*first, "5614", "--reason", "better")
    assert status == 1 and "row 2, already corrects this cell to 5613 (why)" in errors
    assert correct(*first, "5614", "--reason", "better", "--replace")[0] == 0
    [row] = ingest.read_corrections(files / "corrections.csv").to_numpy().tolist()
    assert row[5:7] == ["5614", "better"]


def test_a_reason_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        terminal.main(["correct", "鄂尔多斯市", "2022", "gdp", "5613"])
    assert "--reason" in capsys.readouterr().err


@pytest.mark.build
def test_a_profile_that_was_not_built_is_named(
    correct: Correct, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NQP_WAREHOUSE", os.fspath(tmp_path / "nothing"))
    status, _, errors = correct("鄂尔多斯市", YEAR, "gdp", "5613", "--reason", "why")
    assert status == 1 and "make build PROFILE=licensed" in errors
