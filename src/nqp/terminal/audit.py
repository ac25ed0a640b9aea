"""``nqp audit``: what printed regression tables say about themselves."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from nqp.messages import visible
from nqp.terminal.warehouse import Commands


def add(commands: Commands) -> None:
    """Register the subcommand."""
    audit = commands.add_parser(
        "audit",
        help="put a paper's printed tables to the rules that they must obey",
        description="Put a paper's printed tables to the rules that they must obey. "
        "docs/audit.md says what a tidy file holds and what each rule means.",
        epilog="The exit status is 0 whatever is found, 1 where a file cannot be read; with "
        "--strict it is 1 where there is a contradiction too.",
    )
    audit.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="tidy CSV files of tables or descriptive statistics, a page (.md, .tex, .html, .docx) "
        "with tables, or the folder `published` of a study",
    )  # fmt: skip
    audit.add_argument("--json", action="store_true", help="print JSON instead of text")
    audit.add_argument(
        "--html", type=Path, metavar="OUT", help="write a page with the cells marked"
    )
    audit.add_argument(
        "--strict", action="store_true", help="exit with 1 where something contradicts itself"
    )
    audit.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the findings; 1 for contradictions where they are asked for."""
    # scipy takes a moment to import, which the other subcommands need not wait for.
    from nqp.audit import Severity, audit, pages, read

    reports = [audit(paper) for paper in read(options.files)]
    if options.html:
        options.html.parent.mkdir(parents=True, exist_ok=True)
        options.html.write_text(pages.page(reports), encoding="utf-8")
    if options.json:
        print(pages.as_json(reports))
    else:
        width = max(40, min(100, shutil.get_terminal_size((88, 24)).columns))
        print(visible("\n\n".join(pages.text(report, width) for report in reports)))
        if options.html:
            print(f"\n{options.html} has the tables with the cells marked.")
    found = [f for r in reports for f in r.findings if f.severity is Severity.CONTRADICTION]
    return int(options.strict and bool(found))
