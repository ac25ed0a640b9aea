"""Ten million cells in one file are read in bounded memory. Takes minutes: run on demand.

The bounds are twice what was measured; a reader that kept every cell needs several gigabytes.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

ROWS, COLUMNS = 100_000, 100

# Reads the file as a build does and prints the cells, a sum over them, and the peak in megabytes.
READ = """
import resource, sys
from pathlib import Path
import pandas as pd, pyarrow.compute as pc
from nqp import ingest

file = Path(sys.argv[1])
row = dict.fromkeys(ingest.MANIFEST_COLUMNS, "") | {"file": file.name, "manifest_row": 2}
cells, total = 0, 0.0
for batch in ingest.cell_reader(pd.DataFrame([row]), file.parent):
    cells += batch.num_rows
    figures = pc.if_else(pc.starts_with(batch["text"], "v"), "0", batch["text"])
    total += pc.sum(figures.cast("double")).as_py()
print(cells, total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def lines() -> Iterator[np.ndarray]:
    """Rows of figures that no two cells share: row and column give (row × 100 + column) / 2."""
    for row_no in range(ROWS):
        yield (row_no * COLUMNS + np.arange(COLUMNS)) / 2


def write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for line in lines():
            file.write(",".join(map(str, line)) + "\n")


def write_xlsx(path: Path) -> None:
    small, book = io.BytesIO(), openpyxl.Workbook()
    book.worksheets[0]["A1"] = 0
    book.save(small)
    letters = [get_column_letter(col_no) for col_no in range(1, COLUMNS + 1)]
    with (
        zipfile.ZipFile(small) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for name in source.namelist():
            before, *after = re.split(rb"<sheetData>.*</sheetData>", source.read(name))
            with large.open(name, "w", force_zip64=True) as part:
                part.write(before)
                if after:
                    part.write(b"<sheetData>")
                    for row_no, line in enumerate(lines(), 1):
                        cells = "".join(
                            f'<c r="{letter}{row_no}"><v>{value}</v></c>'
                            for letter, value in zip(letters, line, strict=True)
                        )
                        part.write(f'<row r="{row_no}">{cells}</row>'.encode())
                    part.write(b"</sheetData>" + after[0])


def write_stata(path: Path) -> None:
    frame = pd.DataFrame(np.vstack(list(lines())), columns=[f"v{n}" for n in range(COLUMNS)])
    frame.to_stata(path, version=118, write_index=False)


@pytest.mark.parametrize(
    ("name", "write", "megabytes"),
    [("a.csv", write_csv, 350), ("a.dta", write_stata, 900), ("a.xlsx", write_xlsx, 1800)],
)
def test_ten_million_cells_need_bounded_memory(
    tmp_path: Path, name: str, write: Callable[[Path], None], megabytes: int
) -> None:
    write(tmp_path / name)
    process = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    cells, total, peak = map(float, process.stdout.split())
    count = ROWS * COLUMNS
    # In a Stata file the first row is the names.
    assert cells == count + COLUMNS * (name == "a.dta")
    assert total == count * (count - 1) / 4
    print(f"{name}: {peak:.0f} MB")
    assert peak < megabytes
