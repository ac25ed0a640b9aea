"""The content of the file of a case of tests/bad_input, from what the case says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import built_files
import built_workbooks
from office_files import packed, xlsx

# What a case may say of the content of its file.
CONTENT_KEYS = frozenset(
    {"file", "text", "encoding", "pieces", "page", "xlsx", "settings", "zip", "build"}
)


def content(case: Mapping[str, Any]) -> bytes:
    """The content of the file of a case."""
    given = case.keys() & (CONTENT_KEYS - {"file", "encoding", "settings"})
    assert len(given) == 1, f"one content, please: {case['fault']}"
    match given.pop():
        case "text":
            return text(case["text"]).encode(case.get("encoding", "utf-8"))
        case "pieces":
            return b"".join(piece["text"].encode(piece["encoding"]) for piece in case["pieces"])
        case "page":
            rows = (f"<tr><td>{cell}</td></tr>" for cell in case["page"])
            return f"<table>{''.join(rows)}</table>".encode()
        case "xlsx":
            return xlsx("".join(case["xlsx"]), case.get("settings", ""))
        case "zip":
            return packed({name: part.encode() for name, part in case["zip"].items()})
        case _:
            name = case["build"]
            module = built_files if hasattr(built_files, name) else built_workbooks
            built: Callable[[], bytes] = getattr(module, name)
            return built()


def text(given: str | Sequence[str]) -> str:
    """A text of a case, which it gives as a block or line by line."""
    return given if isinstance(given, str) else "\n".join(given) + "\n"


def lines(given: str | Sequence[str]) -> list[str]:
    """Lines of a case, which it gives as a block or line by line."""
    return given.removesuffix("\n").split("\n") if isinstance(given, str) else list(given)
