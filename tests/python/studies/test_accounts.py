"""What a build and ``nqp review`` say of a file that is not all used: each kind of loss once, and
what the line says mends it does."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from counties_for_tests import change, county_panel, new_study, rows, run
from nqp.ingest import ACCEPTED_COLUMNS

pytestmark = pytest.mark.build

NOTE, FOOT = 'gauge "B", new', "as the keepers wrote it"


@dataclass(frozen=True)
class Built:
    process: subprocess.CompletedProcess[str]
    folder: Path
    here: Path

    @property
    def file(self) -> Path:
        return self.here / "warehouse" / "own.duckdb"

    def review(self) -> str:
        told = run("review", "--profile", "own", here=self.here, studies=[self.folder])
        assert told.returncode == 0, told.stderr
        return told.stdout


def add_row(path: Path, **given: str) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        columns = csv.DictReader(file).fieldnames or []
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, restval="").writerow(given)


def build_with_a_text(here: Path, place: int) -> Built:
    """A study whose file has a text at a place among its lines and one at its foot, a figure that
    is none, no county C12 and no column depth."""
    folder = new_study("farms", here / "studies", county_panel())
    data = folder / "data" / "farms.csv"
    lines = data.read_text(encoding="utf-8").splitlines()
    lines.insert(place, '"gauge ""B"", new",,,,,')
    data.write_text("\n".join([*lines, f"{FOOT},,,,,", ""]), encoding="utf-8")
    change(data, "22.345", "22.345 t?")
    manifest = folder / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as file:
        mapped = list(csv.DictReader(file))
    # The file is no longer what it was when its checksum was taken.
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(mapped[0]["sha256"], ""), encoding="utf-8"
    )
    depth = {"series_id": "farms_depth", "item": "depth", "optional": "true", "sha256": ""}
    add_row(manifest, **(mapped[0] | depth))
    with (folder / "series.csv").open(encoding="utf-8", newline="") as file:
        series = next(csv.DictReader(file))
    add_row(folder / "series.csv", **(series | {"series_id": "farms_depth"}))
    add_row(folder / "regions.csv", region_code="C12", name_en="County 12")
    add_row(folder / "roster.csv", region_code="C12")
    return Built(run("build", here=here, studies=[folder]), folder, here)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The text stands before the last five years of the last county."""
    return build_with_a_text(tmp_path_factory.mktemp("accounts"), -5)


def test_the_closing_lines_account_for_every_loss_and_say_what_mends_it(built: Built) -> None:
    output = built.process.stdout
    assert built.process.returncode == 0, output + built.process.stderr
    unused = rows(
        built.file,
        "select reason, count(*) from quality.rejected_cells group by reason order by reason",
    )
    assert unused == [("below another heading", 10), ("not a number", 1)]
    assert "11 cells could not be used (below another heading: 10, not a number: 1)" in output
    [below] = [line for line in output.splitlines() if "Not used: 10 cells" in line]
    assert below.startswith(
        "  Not used: 10 cells of farms_data, below another heading (first farms"
    )
    assert "If the text does no harm, accept it: add to accepted_texts.csv " in below
    assert accepting([below.rpartition("accepted_texts.csv ")[2]])[0][:4] == [
        "farms_data", "farms.csv", "", NOTE,
    ]  # fmt: skip
    [number] = [line for line in output.splitlines() if "Not used: 1 cell " in line]
    assert "of farms_data, not a number (first " in number and "row 2, column 6" in number
    assert number.endswith("Record what is right in corrections.csv, or mend the file.")
    assert "2 texts beside the figures of farms_data that nobody has accounted for" in output
    assert "  Without a figure in farms: 1 of its roster (County 12). Give a source" in output
    assert "  Optional and not there: farms_depth of farms_data." in output


def accepting(lines: Sequence[str]) -> list[list[str]]:
    return list(csv.reader(lines))


def test_what_the_lines_say_mends_each_loss(built: Built) -> None:
    told = built.review()
    # The rows to add stand by themselves, with REASON and WHO for a person to fill in.
    rows_told = [line.strip() for line in told.splitlines() if ",REASON,WHO," in line]
    found = accepting(rows_told)
    assert {row[3] for row in found} == {NOTE, FOOT}
    filled = [
        [
            "looked at" if cell == "REASON" else "A. Reader" if cell == "WHO" else cell
            for cell in row
        ]
        for row in found
    ]
    with (built.folder / "accepted_texts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([ACCEPTED_COLUMNS, *filled])
    change(built.folder / "data" / "farms.csv", "22.345 t?", "22.345")
    for name, row in (("roster.csv", "C12"), ("regions.csv", "C12,,County 12,")):
        change(built.folder / name, f"{row}\n", "")
    again = run("build", here=built.here, studies=[built.folder])
    assert again.returncode == 0, again.stdout + again.stderr
    for words in ("could not be used", "Not used:", "nobody has accounted for", "Without a figure"):
        assert words not in again.stdout
    kept = "select count(*) from marts.panel_farms where rain is not null and yield is not null"
    assert rows(built.file, kept) == [(72,)]
    assert "accepted_texts.csv" not in built.review()


def test_a_series_that_is_left_without_a_figure_stops_the_build(tmp_path: Path) -> None:
    """Below the headings the same text leaves none."""
    stopped = build_with_a_text(tmp_path, 1)
    output = stopped.process.stdout
    assert stopped.process.returncode == 1 and not stopped.file.exists()
    for number, series in ((2, "farms_yield"), (3, "farms_rain")):
        assert (
            f"{stopped.folder / 'manifest.csv'}, row {number}: farms_data gives no figure of "
            f"{series} that can be used: 72 below another heading."
        ) in output
    assert "quality.rejections says what mends each." in output
