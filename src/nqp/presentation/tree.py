"""A tree of texts on the terminal, with Chinese characters as wide as they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from nqp.messages import visible


@dataclass(frozen=True)
class Node:
    """Lines of text, and what they rest on."""

    lines: tuple[str, ...]
    children: tuple[Node, ...] = ()


def render(node: Node, width: int) -> str:
    """The tree in lines of at most ``width`` columns, the root without a branch.

    Characters that would steer a terminal are shown by their code points.
    """
    return "\n".join(line.rstrip() for line in _lines(node, width, "", "", ""))


def display_width(text: str) -> int:
    """Columns that a text takes: two for Chinese and full-width characters, none for marks."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _lines(node: Node, width: int, first: str, rest: str, below: str) -> Iterator[str]:
    """first: what stands before the node's first line; rest: before its children; below: before
    its other lines.
    """
    before = first
    for text in node.lines:
        for line in _wrap(visible(text, keep=""), max(width - display_width(before), 20)):
            yield before + line
            before = below
    for child in node.children:
        branch, bar = ("└─ ", "   ") if child is node.children[-1] else ("├─ ", "│  ")
        inner = rest + bar
        yield from _lines(child, width, rest + branch, inner, inner + "│  " * bool(child.children))


def _wrap(text: str, width: int) -> Iterator[str]:
    """Pieces of at most ``width`` columns, parted at spaces where there are any."""
    while display_width(text) > width:
        taken, end = 0, 0
        while taken + _width(text[end]) <= width:
            taken += _width(text[end])
            end += 1
        space = text.rfind(" ", 1, end + 1)
        end = space if space > 0 else end
        yield text[:end]
        text = text[end:].lstrip(" ")
    yield text
