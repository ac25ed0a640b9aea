"""Whether the raw files are still those whose checksums the manifest records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nqp.ingest import MANIFEST_COLUMNS, IngestError, inventory, read_manifest
from nqp.quality import lists


def compare(manifest: pd.DataFrame, data_dir: Path) -> pd.DataFrame:
    """Each file of the manifest: file, bytes, sha256, sha256_recorded, status.

    status: `as recorded`, `changed`, `not recorded`, or `missing` (bytes and sha256 blank).
    Raises IngestError for files that lie outside ``data_dir``.
    """
    recorded = manifest.groupby("file")["sha256"].max()
    there = manifest["file"].map(lambda file: (data_dir / file).is_file())
    files = inventory(manifest[there], data_dir).set_index("file").drop(columns="encoding")
    files = files.reindex(manifest["file"].drop_duplicates())
    files["sha256_recorded"] = recorded
    files["status"] = files["status"].fillna("missing")
    return files.reset_index().astype({"bytes": "Int64"})


def describe(files: pd.DataFrame) -> list[str]:
    """A line for each file that is not as recorded, from the columns of `compare`."""
    lines = []
    for file, size, digest, recorded, status in files.itertuples(index=False, name=None):
        match status:
            case "changed":
                says = f"recorded {recorded[:12]}…, found {digest[:12]}… ({size:,} bytes)"
            case "missing":
                says = "not in the data directory"
            case "not recorded":
                says = f"found {digest[:12]}… ({size:,} bytes)"
            case _:
                continue
        lines.append(f"{status:<12}  {file}: {says}")
    return lines


def record_in(path: Path, sums: Mapping[str, str]) -> None:
    """Write the checksums of these files into the manifest, as `record` does, in one rename.

    Raises IngestError where the manifest cannot be read, or would not be read as it is meant.
    """
    meant = read_manifest(path)
    meant["sha256"] = [
        sums.get(file, known)
        for file, known in meant[["file", "sha256"]].itertuples(index=False, name=None)
    ]

    lists.replace(
        path,
        record(path.read_bytes().decode(), sums),
        lambda whole: read_manifest(whole).to_numpy().tolist() == meant.to_numpy().tolist(),
    )


def record(text: str, sums: Mapping[str, str]) -> str:
    """The text of a manifest with the checksums of these files in column sha256 of their rows.

    sums: by file. Everything else stays as it is written: separators, quotation marks, line ends,
    the order of columns and a byte-order mark. The column is added at the end where there is none.
    Raises IngestError where there is no column file.
    """
    manifest = lists.parse(text, MANIFEST_COLUMNS)
    names = manifest.names()
    if "file" not in names:
        raise IngestError("The manifest has no column file.")
    position = names.index("sha256") if "sha256" in names else len(names)
    file_at = names.index("file")
    for number, row in enumerate(manifest.rows):
        file = lists.plain(row[file_at][0]) if len(row) > file_at else ""
        if number == 0 and position == len(names):
            manifest.rows[number] = manifest.with_field(row, position, "sha256")
        elif number and file in sums:
            manifest.rows[number] = manifest.with_field(row, position, sums[file])
    return str(manifest)
