"""Whether the raw files are still those whose checksums the manifest records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from nqp.ingest import IngestError, inventory

# A field as it is written, and what ends it: CSV as RFC 4180 has it, any line ends.
FIELD = re.compile(r'("(?:[^"]|"")*"[^,\r\n]*|[^,\r\n]*)(,|\r\n|\r|\n|\Z)')


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


def record(text: str, sums: Mapping[str, str]) -> str:
    """The text of a manifest with the checksums of these files in column sha256 of their rows.

    sums: by file. Everything else stays as it is written: quotation marks, line ends, the order of
    columns and a byte-order mark. The column is added at the end where there is none.
    Raises IngestError where there is no column file.
    """
    lines = _lines(text)
    names = [_plain(field.removeprefix("\ufeff")) for field, _ in lines[0]]
    if "file" not in names:
        raise IngestError("The manifest has no column file.")
    place = names.index("sha256") if "sha256" in names else len(names)
    file_at = names.index("file")
    out = []
    for number, line in enumerate(lines):
        fields = [field for field, _ in line]
        if number == 0:
            fields[place:] = fields[place:] or ["sha256"]
        elif len(fields) > file_at and (digest := sums.get(_plain(fields[file_at]))):
            fields += [""] * (place + 1 - len(fields))
            fields[place] = digest
        out.append(",".join(fields) + line[-1][1])
    return "".join(out)


def _lines(text: str) -> list[list[tuple[str, str]]]:
    """Lines of a CSV text, each as its fields with what ends them; nothing behind the last end."""
    lines: list[list[tuple[str, str]]] = [[]]
    for match in FIELD.finditer(text):
        lines[-1].append((match[1], match[2]))
        if match.end() == len(text):
            break
        if match[2] != ",":
            lines.append([])
    return lines


def _plain(field: str) -> str:
    """What a field says, without its quotation marks and the spaces around it."""
    if field.startswith('"'):
        quoted, _, rest = field[1:].rpartition('"')
        field = quoted.replace('""', '"') + rest
    return field.strip()
