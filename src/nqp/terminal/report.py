"""``nqp report``: every figure and table as files, and a page that shows them."""

from __future__ import annotations

import argparse
from pathlib import Path

from nqp.terminal.warehouse import Commands, add_profile, published, refuse_warehouse


def add(commands: Commands) -> None:
    """Register the subcommand."""
    report = commands.add_parser("report", help="draw the figures, print the tables, into files")
    add_profile(report)
    report.add_argument("--out", type=Path, default=Path("reports"))
    report.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    # matplotlib takes a second to import, which the other subcommands need not wait for.
    from nqp.presentation.figure_style import chinese_font
    from nqp.presentation.report import write_report

    with published(options) as warehouse:
        refuse_warehouse(options.out)
        report = write_report(
            lambda sql: warehouse.sql(sql).df(), options.out,
            profile=options.profile, chinese=chinese_font(),
        )  # fmt: skip
    print(f"{report.page}: {report.n_figures} figures, {report.n_tables} tables.")
    if not (report.n_figures or report.n_tables or report.not_drawn):
        print("A study's figure_specs.csv and table_specs.csv say what to make; there is no row.")
    if report.not_drawn:
        print(f"Not drawn, for want of data: {len(report.not_drawn)} figures; the page says why.")
    if report.chinese is None:
        print("No Chinese font found: figures are in English only. Noto Sans CJK SC is one.")
