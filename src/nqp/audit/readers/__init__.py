"""Tables pasted from a paper."""

from __future__ import annotations

PASTED: tuple[str, ...] = ()


def read_pasted(path): ...
