"""Checksums of raw files: recorded in the manifest, compared, written without touching the rest."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nqp.ingest import MANIFEST_COLUMNS, IngestError, inventory, read_manifest
from nqp.quality.verify import compare, describe, record
from nqp.simulate.files import STAMP
from nqp.terminal import main
from warehouse import REAL, ROOT

ROW = {
    "source_id": "s", "file": "a.csv", "layout": "long_panel", "level": "city", "header": "1",
    "series_id": "gdp", "unit": "100m_yuan", "priority": "1",
}  # fmt: skip
CONTENT = {"a.csv": b"alpha", "sub/b.csv": b"beta", "c.csv": b"gamma"}
SUMS = {name: sha256(content).hexdigest() for name, content in CONTENT.items()}


def write_manifest(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = ()) -> Path:
    path = folder / "manifest.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns or MANIFEST_COLUMNS, restval="")
        table.writeheader()
        table.writerows(ROW | {"item": str(number)} | row for number, row in enumerate(rows))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The three files, their manifest and nothing else; two rows are of the first file."""
    for name, content in CONTENT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    write_manifest(tmp_path, {"file": "a.csv"}, *({"file": name} for name in CONTENT))
    return tmp_path


@pytest.fixture
def verify(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """``nqp verify`` on the folder: its exit status and what it prints."""
    monkeypatch.setenv("NQP_MANIFEST_DIR", str(folder))
    monkeypatch.setenv("NQP_DATA_DIR", str(folder))

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["verify", *arguments])
        out, err = capsys.readouterr()
        return status, out + err

    return run


# --- in the manifest -------------------------------------------------------------------------


def test_a_manifest_without_the_column_has_no_sums(tmp_path: Path) -> None:
    columns = tuple(name for name in MANIFEST_COLUMNS if name != "sha256")
    manifest = read_manifest(write_manifest(tmp_path, {}, columns=columns))
    assert manifest["sha256"].tolist() == [""]


def test_a_sum_may_be_in_capitals(tmp_path: Path) -> None:
    rows = [{"sha256": SUMS["a.csv"].upper()}, {"sha256": SUMS["a.csv"]}, {}]
    manifest = read_manifest(write_manifest(tmp_path, *rows))
    assert manifest["sha256"].tolist() == [SUMS["a.csv"], SUMS["a.csv"], ""]


@pytest.mark.parametrize("text", ["0" * 63, "0" * 65, "g" * 64, "sha256:" + "0" * 64])
def test_what_is_no_sum_is_an_error(tmp_path: Path, text: str) -> None:
    path = write_manifest(tmp_path, {}, {"sha256": text})
    with pytest.raises(IngestError, match=r"row 3, column sha256: expected 64 hexadecimal digits"):
        read_manifest(path)


def test_two_sums_for_one_file_are_an_error(tmp_path: Path) -> None:
    rows = [
        {"file": "b.csv", "sha256": "0" * 64}, {"sha256": "0" * 64}, {}, {"sha256": "1" * 64},
    ]  # fmt: skip
    with pytest.raises(IngestError, match=r"rows 3, 5, column sha256: two sums .*'a\.csv'"):
        read_manifest(write_manifest(tmp_path, *rows))


def test_the_inventory_says_what_is_recorded(folder: Path) -> None:
    rows = [
        {"file": "a.csv", "sha256": SUMS["a.csv"]}, {"file": "a.csv"},
        {"file": "sub/b.csv", "sha256": "0" * 64}, {"file": "c.csv"},
    ]  # fmt: skip
    files = inventory(read_manifest(write_manifest(folder, *rows)), folder)
    found = files[["file", "sha256", "sha256_recorded", "status"]].to_numpy().tolist()
    assert found == [
        ["a.csv", SUMS["a.csv"], SUMS["a.csv"], "as recorded"],
        ["sub/b.csv", SUMS["sub/b.csv"], "0" * 64, "changed"],
        ["c.csv", SUMS["c.csv"], "", "not recorded"],
    ]


def test_a_missing_file_is_one_of_the_differences(folder: Path) -> None:
    (folder / "c.csv").unlink()
    files = compare(read_manifest(folder / "manifest.csv"), folder)
    assert files["status"].tolist() == ["not recorded", "not recorded", "missing"]
    assert files["bytes"].isna().tolist() == [False, False, True]
    assert describe(files)[2] == "missing       c.csv: not in the data directory"


def test_files_outside_the_data_directory_are_not_read(folder: Path) -> None:
    data = folder / "sub"
    manifest = read_manifest(write_manifest(folder, {"file": "../a.csv"}, {"file": "b.csv"}))
    with pytest.raises(IngestError, match=r"'\.\./a\.csv' lies outside the data directory"):
        compare(manifest, data)


# --- writing sums into a manifest ------------------------------------------------------------

NAMES = st.text(st.sampled_from("ab ,\"\n\t\ufeff合，;'"), max_size=6)


@given(
    st.lists(st.tuples(NAMES, NAMES), max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([0, 1, 2, None]),
)
def test_nothing_but_the_sums_is_changed(
    table: list[tuple[str, str]], end: str, bom: bool, place: int | None
) -> None:
    """place: of column sha256, which is blank, or None where there is none."""
    rows = [["file", "note"], ["a.csv", "x,y"], *map(list, table)]
    if place is not None:
        for number, row in enumerate(rows):
            row.insert(place, "" if number else "sha256")
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end).writerows(rows)
    text = "\ufeff" * bom + written.getvalue()
    file_at = rows[0].index("file")
    sums = {
        name: sha256(name.encode()).hexdigest()
        for row in rows[1:]
        if (name := row[file_at].strip())
    }

    changed = record(text, sums)
    parsed = list(csv.reader(io.StringIO(changed.removeprefix("\ufeff"), newline="")))
    for row in parsed[1:]:
        name = row[file_at].strip()
        assert dict(zip(parsed[0], row, strict=False)).get("sha256", "") == sums.get(name, "")
    assert record(changed, sums) == changed
    for digest in sums.values():
        changed = changed.replace(digest if place is not None else f",{digest}", "")
    assert changed == (text if place is not None else text.replace("note", "note,sha256", 1))


def test_a_manifest_written_by_hand_keeps_its_looks() -> None:
    lines = [
        '\ufefffile , note,"sha256", more\r\n', '"a.csv" ,"says ""x"", y",{},\n', "\n", "b.csv,z\n",
        "  a.csv,,{},m",
    ]  # fmt: skip
    text = "".join(lines)
    assert record(text.format("", '"old"'), {"a.csv": "SUM"}) == text.format("SUM", "SUM")


@pytest.mark.parametrize(
    ("start", "mark"),
    [("", ";"), ("", "\t"), ("", "|"), ("sep=,\n", ","), ("\ufeffsep=;\r\n", ";")],
)
@pytest.mark.parametrize("columns", [MANIFEST_COLUMNS, MANIFEST_COLUMNS[:-1]])
def test_record_writes_as_the_manifest_is_written(
    folder: Path,
    verify: Callable[..., tuple[int, str]],
    start: str,
    mark: str,
    columns: tuple[str, ...],
) -> None:
    path = write_manifest(folder, {"file": "a.csv"}, {"file": "c.csv"}, columns=columns)
    path.write_bytes((start + path.read_text(encoding="utf-8").replace(",", mark)).encode())
    before = read_manifest(path)
    status, out = verify("--record")
    assert (status, out.splitlines()[-1]) == (0, f"{path} now records 2 files as they are.")
    assert path.read_bytes().decode().startswith(start)
    after = read_manifest(path)
    assert after["sha256"].tolist() == [SUMS["a.csv"], SUMS["c.csv"]]
    assert after.drop(columns="sha256").equals(before.drop(columns="sha256"))
    assert verify() == (0, "2 of 2 files are as recorded.\n")


def test_a_manifest_that_would_be_read_otherwise_is_left_alone(
    folder: Path, verify: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "manifest.csv").read_bytes()
    there = sorted(folder.iterdir())
    monkeypatch.setattr("nqp.quality.lists._written", lambda value, mark: value + mark + "0" * 64)
    status, out = verify("--record")
    assert status == 1 and f"{folder / 'manifest.csv'} cannot be changed so that" in out
    assert (folder / "manifest.csv").read_bytes() == before
    assert sorted(folder.iterdir()) == there


def test_a_table_without_files_is_no_manifest() -> None:
    with pytest.raises(IngestError, match="no column file"):
        record("name,sha256\n", {})


# --- nqp verify ------------------------------------------------------------------------------


def test_verify_names_what_differs_and_record_settles_it(
    folder: Path, verify: Callable[..., tuple[int, str]]
) -> None:
    status, out = verify()
    assert status == 1
    assert f"not recorded  a.csv: found {SUMS['a.csv'][:12]}… (5 bytes)" in out
    assert "0 of 3 files are as recorded" in out and "`nqp verify --record`" in out

    before = (folder / "manifest.csv").read_bytes()
    assert verify("--record")[0] == 0
    after = (folder / "manifest.csv").read_bytes()
    unchanged = after
    for digest in SUMS.values():
        unchanged = unchanged.replace(digest.encode(), b"")
    assert unchanged == before
    assert after.count(SUMS["a.csv"].encode()) == 2
    assert verify() == (0, "3 of 3 files are as recorded.\n")

    (folder / "a.csv").write_bytes(b"omega")
    assert verify()[0] == 1
    assert verify("--record")[0] == verify()[0] == 0

    (folder / "sub" / "b.csv").write_bytes(b"beta!")
    (folder / "c.csv").unlink()
    status, out = verify()
    assert status == 1
    found = sha256(b"beta!").hexdigest()[:12]
    assert out.splitlines()[:2] == [
        f"changed       sub/b.csv: recorded {SUMS['sub/b.csv'][:12]}…, found {found}… (5 bytes)",
        "missing       c.csv: not in the data directory",
    ]
    assert "NQP_DATA_DIR names another directory" in out
    # What is not there keeps the sum it had.
    assert verify("--record")[0] == 1
    assert read_manifest(folder / "manifest.csv")["sha256"].tolist()[2:] == [
        sha256(b"beta!").hexdigest(), SUMS["c.csv"],
    ]  # fmt: skip
    assert not list(folder.glob(".writing-*"))


def test_verify_without_a_manifest_says_what_is_wanted(
    folder: Path, verify: Callable[..., tuple[int, str]]
) -> None:
    (folder / "manifest.csv").unlink()
    status, out = verify()
    assert status == 1 and "does not exist" in out and "Traceback" not in out


def test_the_files_that_ship_are_as_recorded() -> None:
    shipped = ROOT / "data" / "simulated"
    files = compare(read_manifest(shipped / "manifest.csv"), shipped)
    assert set(files["status"]) == {"as recorded"}


def test_the_public_files_are_as_recorded() -> None:
    if not REAL.is_dir():
        pytest.skip(f"needs the public files in {REAL.parent.name}/{REAL.name} beside the project")
    manifest = read_manifest(ROOT / "data" / "public" / "manifest.csv")
    assert set(compare(manifest, REAL)["status"]) == {"as recorded"}


def test_simulated_workbooks_hold_no_time_of_writing() -> None:
    """Else writing them again would change their checksums."""
    books = sorted((ROOT / "data" / "simulated").rglob("*.xlsx"))
    for path in books:
        with zipfile.ZipFile(path) as book:
            assert {entry.date_time for entry in book.infolist()} == {STAMP.timetuple()[:6]}
            assert book.read("docProps/core.xml").count(f"{STAMP:%Y-%m-%d}T".encode()) == 2
    assert books
