"""How many printed tables are audited in a minute.

Run: python benchmarks/audit.py [papers]. Papers are drawn beforehand, each with four tables; the
time is that of reading their rows and of every rule.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python" / "audit"))

from made_up import paper, printed_variants
from nqp.audit import audit
from nqp.audit.tidy import papers, rows_of


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    pages = [paper(seed, printed_variants(seed)) for seed in range(count)]
    tables = sum(len({r["table_number"] for r in [*p.rows, *p.described]}) for p in pages)
    start = time.perf_counter()
    for page in pages:
        for one in papers(rows_of(page.rows), rows_of(page.described)):
            audit(one)
    took = time.perf_counter() - start
    print(f"{tables:,} tables in {took:.1f} s: {60 * tables / took:,.0f} in a minute")


if __name__ == "__main__":
    main()
