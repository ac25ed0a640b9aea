"""``nqp new-study``: a study's folder from a data file and a few answers."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nqp.messages import visible
from nqp.terminal.build import project_directory
from nqp.terminal.warehouse import Commands


def add(commands: Commands) -> None:
    """Register the subcommand."""
    new = commands.add_parser(
        "new-study",
        help="write the folder of a study of your own, which builds, from a data file",
        epilog="Asks for level, columns, policy and treated regions, unless --answers gives them "
        "as CSV with the columns question and answer.",
    )
    new.add_argument("id", metavar="ID", help="small letters, digits and '_': the folder's name")
    new.add_argument(
        "--data", type=Path, required=True, metavar="FILE",
        help="CSV, XLSX or Stata: a row per region and year",
    )  # fmt: skip
    new.add_argument("--into", type=Path, required=True, metavar="DIR", help="where to put it")
    new.add_argument("--answers", type=Path, metavar="FILE", help="answers instead of questions")
    new.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    # pandas takes a second to import, which `nqp --help` need not wait for.
    from nqp.new_study import Catalogue, Draft, read_answers, read_data, understood, write_study
    from nqp.new_study.folder import check_id

    catalogue = Catalogue.read(project_directory(os.environ, Path.cwd()))
    check_id(options.id, catalogue.studies)
    draft = Draft(options.id, read_data(options.data), catalogue)
    if options.answers:
        understood(draft, read_answers(options.answers), options.answers.name)
    else:
        ask(draft)
    folder = write_study(draft, options.into)
    window = draft.window
    print(
        visible(
            f"{folder}: {len(draft.regions)} units of level {draft.level}, {window[0]} to "
            f"{window[-1]}, {len(draft.first_treated)} treated. README.md there explains each file."
        )
    )
    if draft.totals:
        print(visible(f"Left out, as totals of several regions: {', '.join(draft.totals)}."))
    print(visible(f"Next: NQP_STUDIES={folder.absolute()} nqp build"))


def ask(draft: object) -> None:
    """Put the questions one by one, each again until its answer can be meant.

    Raises ValueError where the input ends before.
    """
    from nqp.new_study import QUESTIONS
    from nqp.new_study.data import clean
    from nqp.new_study.draft import AnswerError, Draft

    assert isinstance(draft, Draft)
    print(visible(f"{draft.table.name} has the columns {', '.join(draft.table.headings)}."))
    print("Enter takes what stands in brackets; - answers with nothing.")
    for question in QUESTIONS:
        while True:
            guess = question.guess(draft)
            try:
                said = clean(input(visible(f"{question.name}: {question.asks} [{guess}] ")))
            except EOFError:
                raise ValueError(
                    f"the input ended before {question.name} was answered. Answers can also be "
                    "given in a file: --answers FILE."
                ) from None
            text = "" if said == "-" else said or guess
            if not text and not question.may_be_blank:
                print(f"  expected the {question.asks}.")
                continue
            try:
                question.take(draft, text)
            except AnswerError as error:
                print(visible(f"  found {text!r}, {error}" if text else f"  {error}"))
                continue
            break
