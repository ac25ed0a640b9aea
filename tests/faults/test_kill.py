"""kill -9 at random moments: what is published is always one whole build, and builds recover."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from published import fingerprint
from vintages import PROFILE, Vintage, kill, published

KILLS, RECOVER_EVERY = 50, 5


def test_a_killed_build_leaves_a_whole_file_and_the_next_one_recovers(
    vintages: tuple[Vintage, Vintage], tmp_path: Path, report: Callable[[str], None]
) -> None:
    rng = random.Random(20160225)
    warehouse, file = tmp_path, published(tmp_path)
    assert vintages[0].build(warehouse).process.returncode == 0
    whole = {vintage.fingerprint for vintage in vintages}
    copies = (warehouse / ".build").glob
    counts: Counter[str] = Counter()
    for number in range(1, KILLS + 1):
        vintage = vintages[number % 2]
        with vintage.started(warehouse) as process:
            if number % 3:
                time.sleep(rng.uniform(0, vintage.seconds))
                moment = "anywhere"
            else:
                # Publishing is short, and the moment that matters most.
                while process.poll() is None and not any(copies(f"{PROFILE}.publishing*")):
                    time.sleep(0.005)
                time.sleep(rng.uniform(0, 1))
                moment = "while publishing"
            counts[moment if kill(process) else "after the end"] += 1
        left = fingerprint(file)
        assert left in whole, f"kill {number}, {moment}: neither build"
        counts["new published" if left == vintage.fingerprint else "old published"] += 1
        if number % RECOVER_EVERY == 0:
            recovered = vintage.build(warehouse)
            assert recovered.process.returncode == 0, recovered.output
            assert fingerprint(file) == vintage.fingerprint
            counts["recoveries"] += 1
    assert counts["anywhere"] and counts["while publishing"]
    report(f"kill -9: {KILLS} kills, 0 broken files; {dict(sorted(counts.items()))}")
