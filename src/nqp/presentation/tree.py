"""A tree of texts on the terminal, with Chinese characters as wide as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nqp.messages import visible
from nqp.text_width import display_width, wrapped


@dataclass(frozen=True)
class Node:
    """Lines of text, and the nodes below them."""

    lines: tuple[str, ...]
    children: tuple[Node, ...] = ()


def render(node: Node, width: int) -> str:
    """The tree in lines of at most ``width`` columns, the root without a branch.

    Characters that would steer a terminal are shown by their code points.
    """
    return "\n".join(line.rstrip() for line in _lines(node, width, "", "", ""))


def _lines(node: Node, width: int, first: str, rest: str, below: str) -> Iterator[str]:
    """first: what stands before the node's first line; rest: before its children; below: before
    its other lines.
    """
    before = first
    for text in node.lines:
        for line in wrapped(visible(text, keep=""), max(width - display_width(before), 20)):
            yield before + line
            before = below
    for child in node.children:
        branch, bar = ("└─ ", "   ") if child is node.children[-1] else ("├─ ", "│  ")
        inner = rest + bar
        yield from _lines(child, width, rest + branch, inner, inner + "│  " * bool(child.children))
