"""Rows of Stata files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pandas.io.stata import StataReader

from nqp.ingest.rows import IngestError, Row, as_text

CHUNK_ROWS = 10_000
FIRST_UTF8_FORMAT = 118
EPOCH = datetime(1960, 1, 1)
RELEASE = b"<stata_dta><header><release>"


def is_stata(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is one of Stata's (formats 105 to 119)."""
    old = len(head) > 2 and 105 <= head[0] <= 115 and head[1] in (1, 2) and head[2] == 1
    return old or head.startswith(b"<stata_dta>")


def stata_rows(path: Path, encoding: str = "") -> Iterator[Row]:
    """Variable names are row 1; observation i is row i + 1.

    Values are as Stata's browser shows them: a labelled value is its label, a day or moment is ISO
    text, a missing value of any kind is ''. A year stays a year; months, quarters and weeks stay
    the counts that they are.
    encoding: of a file older than Stata 14, which does not say; '' means GB18030.
    """
    try:
        with warnings.catch_warnings():
            # pandas would warn and go on in another encoding.
            warnings.simplefilter("error", UnicodeWarning)
            yield from _rows(path, encoding)
    except (UnicodeError, UnicodeWarning, LookupError) as error:
        raise IngestError(
            f"{path.name}: its text is not in {encoding or 'the encoding expected'} "
            f"({_first_line(error)}). Give the file's encoding in the manifest, or save it again "
            "from Stata 14 or later."
        ) from error
    # A damaged file fails in as many ways as the parser has lines.
    except Exception as error:
        raise IngestError(
            f"{path.name}: not a readable Stata file ({_first_line(error)}). Save it again from "
            "Stata."
        ) from error


def _rows(path: Path, encoding: str) -> Iterator[Row]:
    with path.open("rb") as file:
        decode = _decoder(file.read(len(RELEASE) + 3), encoding)
        # Labels are read apart: pandas reads a long text or the labels of a file, but not both.
        file.seek(0)
        with StataReader(file) as reader:
            labels = reader.value_labels()
            names = list(reader.variable_labels())
            shown: list[Callable[[object], str]] = [
                _shown(display, labels.get(label, {}), decode)
                for display, label in zip(reader._fmtlist, reader._lbllist, strict=True)  # type: ignore[attr-defined]
            ]
        yield Row("", 1, list(map(decode, names)))
        file.seek(0)
        done = 1
        with StataReader(
            file, convert_categoricals=False, convert_dates=False, chunksize=CHUNK_ROWS
        ) as reader:
            for chunk in reader:
                # Not tolist(), which would widen float32 to digits that the file does not hold.
                values = [list(chunk.iloc[:, place].to_numpy()) for place in range(len(names))]
                columns = [map(show, column) for show, column in zip(shown, values, strict=True)]
                for row_no, texts in enumerate(zip(*columns, strict=True), done + 1):
                    yield Row("", row_no, list(texts))
                done += len(chunk)


def _decoder(head: bytes, encoding: str) -> Callable[[str], str]:
    """What to do to a text that pandas gives: it takes old files for Western European ones."""
    version = head[len(RELEASE) :] if head.startswith(RELEASE) else str(head[0]).encode()
    if int(version) >= FIRST_UTF8_FORMAT:
        return str
    codec = encoding or "gb18030"
    return lambda text: text.encode("latin-1").decode(codec)


def _shown(
    display: str, labels: dict[Any, str], decode: Callable[[str], str]
) -> Callable[[object], str]:
    """The function from a variable's values to their texts, by its display format and labels."""

    def show(value: object) -> str:
        if isinstance(value, str):
            return decode(value)
        text = as_text(value)
        if text and value in labels:
            return decode(labels[value])
        if text and display.startswith(("%td", "%d")):
            return (EPOCH + timedelta(days=float(text))).date().isoformat()
        if text and display.startswith(("%tc", "%tC")):
            return (EPOCH + timedelta(milliseconds=float(text))).isoformat(sep=" ")
        return text

    return show


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
