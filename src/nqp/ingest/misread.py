"""Names as they look after a file was read in the wrong encoding and saved again."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

# How the bytes were written, and how somebody's program read them.
READINGS = (
    ("UTF-8", "GBK"),
    ("UTF-8", "Latin-1"),
    ("UTF-8", "Windows-1252"),
    ("GBK", "Latin-1"),
    ("GBK", "Windows-1252"),
)


def misread_names(names: Iterable[str]) -> pd.DataFrame:
    """What each name turns into: name, text, reading ("UTF-8 read as GBK").

    Bytes that mean nothing in the wrong encoding are left out of ``text``; programs put a question
    mark or nothing in their place. Names that come through unchanged, or empty, are not listed.
    """
    rows = []
    for name in dict.fromkeys(names):
        seen = {"", name}
        for written, read in READINGS:
            text = _decode(name.encode(written), read)
            if text not in seen:
                seen.add(text)
                rows.append((name, text, f"{written} read as {read}"))
    return pd.DataFrame(rows, columns=["name", "text", "reading"])


def _decode(content: bytes, encoding: str) -> str:
    if encoding != "Windows-1252":
        return content.decode(encoding, errors="ignore")
    # Five bytes have no sign in Windows-1252; programs pass them through as Latin-1 does.
    return "".join(bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in content)
