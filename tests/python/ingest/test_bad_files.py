"""Every faulty file and manifest ends in what tests/bad_input says; whatever the bytes, reading
ends in cells or in a message; and a data directory is read, never obeyed."""

from __future__ import annotations

import io
import itertools
import os
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from bad_files import CASES, Case, bytes_of
from built_workbooks import EXCELS_OWN, OLD_CELLS, good_xlsx, unpacked
from manifests_for_tests import GOOD_CSV, as_csv, checked, manifest_text
from nqp import ingest
from nqp.ingest import IngestError
from nqp.ingest.cells import read_rows
from office_files import Book, NewSheet, OldSheet, packed, xls

TABLE = [["地区", "2021年", "2022年"], ["北京市", "40269.6", "41610.9"], ["天津市", "", "16311.3"]]
TEXT = as_csv(TABLE)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_fault_ends_in_what_it_must(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path)
    if isinstance(case.expected, str):
        with pytest.raises(IngestError) as raised:
            case.read(tmp_path)
        found = str(raised.value).replace(str(tmp_path), "{folder}")
        pattern = re.escape(case.expected).replace("…", ".*")
        assert re.fullmatch(pattern, found, re.DOTALL), found
    else:
        found_sheets = {
            name: [list(row) for row in table] for name, table in case.read(tmp_path).items()
        }
        assert found_sheets == {
            name: [list(row) for row in table] for name, table in case.expected.items()
        }


def test_the_corpus_names_each_fault_once() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 192
    for case in CASES:
        assert case.fault.endswith((".", ")")) and case.outcome.endswith("."), case.id


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by chmod, which does not stop root.
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "a.csv").write_text(GOOD_CSV, encoding="utf-8")
    (tmp_path / "manifest.csv").write_text(manifest_text({}), encoding="utf-8")
    manifest = checked(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(IngestError, match=r"'a.csv' cannot be opened \(Permission denied\)"):
        ingest.inventory(manifest, tmp_path)
    with pytest.raises(IngestError, match=r"manifest.csv cannot be opened \(Permission denied\)"):
        ingest.read_manifest(tmp_path / "manifest.csv")


def test_a_row_of_a_million_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(map(str, range(1_000_000))))
    (row,) = read_rows(tmp_path / "a.csv")
    assert len(row.texts) == 1_000_000 and row.texts[-1] == "999999"


# --- bounded memory --------------------------------------------------------------------------


def test_a_text_file_is_read_as_far_as_its_rows_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" * 1_000_000)
    rows = read_rows(path)
    first = list(itertools.islice(rows, 1000))
    # What was not yet read is cut off under the reader's hands.
    os.truncate(path, 100_000)
    assert len(first) + sum(1 for _ in rows) < 30_000


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_an_encoding_is_judged_whatever_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("nqp.ingest.text.BYTES_AT_ONCE", size)
    path = tmp_path / "a.csv"
    for encoding in ("utf-8", "gb18030", "utf-16"):
        path.write_bytes(TEXT.encode(encoding))
        assert [row.texts for row in read_rows(path)] == TABLE
    path.write_bytes("é\néé".encode() + b"\xff")
    with pytest.raises(IngestError, match=r"a.csv: byte 7 in line 2 is not utf-8\."):
        list(read_rows(path, "utf-8"))


def test_a_stata_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nqp.ingest.stata.CHUNK_ROWS", 7)
    pd.DataFrame({"x": range(100)}).to_stata(tmp_path / "a.dta", write_index=False)
    rows = list(read_rows(tmp_path / "a.dta"))
    assert [(row.row_no, row.texts) for row in rows] == [
        (1, ["x"]), *((n + 2, [str(n)]) for n in range(100)),
    ]  # fmt: skip


# --- whatever the bytes ----------------------------------------------------------------------


def seeds() -> dict[str, bytes]:
    """Good files of every kind, small, so that a change hits something."""
    stata = pd.DataFrame({"y": [1.5, None], "s": ["a", "bb"]})
    new = stata.assign(city=pd.Categorical(["甲", "乙"]))
    old = stata.assign(city=pd.Categorical(["x", "y"]))
    files = {
        "csv": TEXT.encode() * 5, "gb18030": TEXT.encode("gb18030") * 5,
        "utf-16": TEXT.encode("utf-16"), "html": bytes_of("HTML as .xls"),
        "xls": xls(OldSheet("数据", OLD_CELLS), OldSheet("h", {(1, 1): "x"}, 1)),
        "locked": xls(OldSheet("数据", OLD_CELLS), password=EXCELS_OWN),
        "xlsx": good_xlsx(),
    }  # fmt: skip
    for version, frame in [(114, old), (117, old), (118, new), (119, new)]:
        content = io.BytesIO()
        frame.to_stata(content, version=version, write_index=False)  # type: ignore[arg-type]
        files[f"stata {version}"] = content.getvalue()
    return files


def changed(content: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """A file with bits flipped, bytes cut, repeated, blanked or spliced in from another."""
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.randrange(1, 64))
    match rng.randrange(6):
        case 0:
            return content[:start]
        case 1:
            other = rng.choice(others)
            place = rng.randrange(len(other))
            return content[:start] + other[place : place + 200] + content[end:]
        case 2:
            return content[:start] + rng.choice([b"\0", b"\xff"]) * (end - start) + content[end:]
        case 3:
            return content[:end] + content[start:]
    flipped = bytearray(content)
    for _ in range(rng.randrange(1, 8)):
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def changed_files() -> Iterator[bytes]:
    rng = random.Random(20160225)
    good = seeds()
    for content in good.values():
        for _ in range(60):
            yield changed(content, rng, list(good.values()))
    # Inside a workbook, where the check sum then fits.
    parts = unpacked(bytes_of("error cells"))
    for _ in range(200):
        name = rng.choice(list(parts))
        yield packed(parts | {name: changed(parts[name], rng, list(parts.values()))})


def test_any_file_ends_in_cells_or_in_a_message(tmp_path: Path) -> None:
    read, refused = 0, 0
    for number, content in enumerate(changed_files()):
        path = tmp_path / "file"
        path.write_bytes(content)
        try:
            for row in read_rows(path):
                assert all(isinstance(text, str) for text in row.texts)
            read += 1
        except IngestError as error:
            assert str(error).startswith("file"), number
            refused += 1
    # Neither all of it is noise nor none of it.
    assert read > 200 and refused > 200


def test_any_manifest_is_read_or_ends_in_a_message(tmp_path: Path) -> None:
    rng = random.Random(20160225)
    (tmp_path / "a.csv").write_text(GOOD_CSV, encoding="utf-8")
    rows: list[dict[str, str]] = [{}, {"item": "人口", "series_id": "population"}]
    odd = ["", " ", "#", "#0", "-1", "a.csv/", "../a.csv", "[", "*", "gb18030", "long_panel", "GDP"]
    odd += ["years_across", "province", "x\ny", "=1", "'", '"', "\\", "é", "2", "0" * 400, "."]
    read, refused = 0, 0
    for _ in range(300):
        if rng.random() < 0.5:
            content = manifest_text(*rows).encode()
            content = changed(content, rng, [content])
        else:
            chosen = rng.choices(ingest.MANIFEST_COLUMNS, k=2)
            changes = {column: rng.choice(odd) for column in chosen}
            content = manifest_text({"unit": "100m_yuan"} | changes).encode()
        (tmp_path / "manifest.csv").write_bytes(content)
        try:
            ingest.cell_reader(checked(tmp_path), tmp_path).read_all()
            read += 1
        except IngestError:
            refused += 1
    assert read >= 20 and refused > 80


# --- a data directory is read, never obeyed --------------------------------------------------

# Opens a data directory twice: a good one first, so that what Python itself loads is loaded.
WATCHED = """
import sys
from pathlib import Path
from nqp import ingest

def ingested(folder):
    manifest = ingest.read_manifest(folder / "manifest.csv")
    for file in manifest["file"].unique():
        try:
            ingest.cell_reader(manifest[manifest["file"] == file], folder).read_all()
        except ingest.IngestError as error:
            print("refused", file, str(error).splitlines()[0])

good, hostile = map(Path, sys.argv[1:])
ingested(good)
print("WATCHED")
quiet = {"object.__getattr__", "object.__setattr__", "sys._getframe", "builtins.id"}
quiet |= {"array.__new__"}
sys.addaudithook(lambda event, given: event in quiet or print(event, *map(repr, given[:2])))
ingested(hostile)
"""


def hostile_directory(folder: Path, secret: Path) -> None:
    """Files that would run or fetch something if anybody let them."""
    uri = secret.as_uri()
    external = (
        f'<!DOCTYPE x [<!ENTITY x SYSTEM "{uri}">]><worksheet><sheetData><row r="1">'
        '<c r="A1" t="e"><v>&x;</v></c></row></sheetData></worksheet>'
    )
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="x/externalLinkPath" Target="{uri}" TargetMode="External"/>'
        "</Relationships>"
    )
    files = {
        "entity.xlsx": Book(
            [NewSheet("S", "")], parts={"xl/worksheets/sheet1.xml": external.encode()}
        ).content(),
        "link.xlsx": Book(
            [NewSheet("S", '<row r="1"><c r="A1"><f>[1]S!A1</f></c></row>')],
            parts={
                "xl/externalLinks/_rels/externalLink1.xml.rels": link.encode(),
                "xl/vbaProject.bin": b"macro",
            },
        ).content(),
        "dde.csv": b"a,\"=cmd|'/c calc'!A1\"\n",
        "page.xls": f'<table><tr><td><img src="{uri}"><script src="{uri}">x</script>1</td></tr>'
        f'</table><iframe src="{uri}"></iframe>'.encode(),
        "module.csv": GOOD_CSV.encode(),
        "locked.xls": xls(OldSheet("S", OLD_CELLS), password=EXCELS_OWN),
        "old.xls": xls(OldSheet("S", OLD_CELLS)),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for name in ("sitecustomize.py", "csv.py", "nqp.py", "evil.py", "conftest.py"):
        (folder / name).write_text("raise SystemExit('run')")
    (folder / "evil.pth").write_text("import evil")
    (folder / "dbt_project.yml").write_text("on-run-start: [\"{{ run_query('x') }}\"]")
    (folder / "up.csv").symlink_to(secret)
    outside = ["up.csv", f"../{secret.name}", str(secret)]
    rows = [
        {"file": name, "encoding": "evil" if name == "module.csv" else ""}
        for name in [*files, *outside]
    ]
    (folder / "manifest.csv").write_text(manifest_text(*rows), encoding="utf-8")


def test_a_data_directory_is_read_and_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret")
    good, hostile, scratch = (tmp_path / name for name in ("good", "hostile", "scratch"))
    for folder in (good, hostile, scratch):
        folder.mkdir()
    hostile_directory(hostile, secret)
    # The same files without what is hostile.
    for name in ("locked.xls", "old.xls", "link.xlsx", "page.xls", "dde.csv"):
        (good / name).write_bytes((hostile / name).read_bytes())
    bad = manifest_text({"file": "dde.csv"}, {"file": "page.xls", "encoding": "no-such"})
    rows = [{"file": path.name} for path in sorted(good.iterdir())]
    (good / "manifest.csv").write_text(
        manifest_text(*rows) + "".join(bad.splitlines(keepends=True)[2:]), encoding="utf-8"
    )
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WATCHED), str(good), str(hostile)],
        cwd=hostile, capture_output=True, text=True, check=True,
        env=os.environ | {"TMPDIR": str(scratch), "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    seen = process.stdout.partition("WATCHED\n")[2].splitlines()
    assert "secret" not in process.stdout.replace(str(secret), "").replace("secret.csv", "")
    for name in ("entity.xlsx", "module.csv", "up.csv", "../secret.csv", str(secret)):
        assert any(line.startswith(f"refused {name} ") for line in seen), name
    events = [line for line in seen if not line.startswith("refused")]
    opened = [line for line in events if line.startswith("open ")]
    assert len(opened) > 20
    for line in opened:
        assert str(hostile) in line or str(scratch) in line, line
        assert str(secret) not in line and ".py" not in line, line
    # Nothing is run: what is compiled are named tuples of libraries, and a codec is looked for
    # among Python's own.
    for line in set(events) - set(opened):
        assert re.match(
            r"compile .*_tuple_new\(|exec <code object <module> at \w+, file \"<string>\"|"
            r"import 'encodings\.evil'|os\.(listdir|scandir) |tempfile\.mkstemp ",
            line,
        ), line
