"""Random numbers by draw: draw k is the same however many are drawn, and in whatever order.

The numbers are those of one Philox generator, which counts instead of carrying a state (Salmon,
Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"): draw k owns the words
k * width to (k + 1) * width of its stream, and can be reached without making those before it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Philox makes four words at each count.
BLOCK = 4


def words(seed: int, first: int, draws: int, width: int) -> NDArray[np.uint64]:
    """(draws, width) random 64-bit words, those of the draws first, first + 1, …

    The seed and `width`, the words a draw uses, choose the stream.

    Raises ValueError unless seed and first are at least 0 and draws and width at least 1.
    """
    if seed < 0 or first < 0:
        raise ValueError(f"seed is {seed} and first draw {first}: expected 0 or more")
    if draws < 1 or width < 1:
        raise ValueError(f"draws is {draws} and width {width}: expected at least one")
    blocks = -(-width // BLOCK)
    stream = np.random.Philox(key=_key(seed, width)).advance(first * blocks)
    raw = stream.random_raw(draws * blocks * BLOCK)
    return np.asarray(raw, dtype=np.uint64).reshape(draws, -1)[:, :width]


@lru_cache
def _key(seed: int, width: int) -> NDArray[np.uint64]:
    source = np.random.SeedSequence(seed, spawn_key=(width,))
    return np.asarray(source.generate_state(2, np.uint64), dtype=np.uint64)
