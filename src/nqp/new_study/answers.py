"""What a new study is asked, in its order, and answers in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nqp.ingest import IngestError
from nqp.ingest.cells import read_rows
from nqp.messages import nearest
from nqp.new_study.data import (
    SHOWN,
    NewStudyError,
    clean,
    listed,
)
from nqp.new_study.draft import AnswerError, DependsError, Draft, Question
from nqp.new_study.treatment_answers import (
    guess_first_treated_year,
    guess_treated,
    take_first_treated_year,
    take_treated,
)
from nqp.new_study.unit_answers import (
    guess_level,
    guess_region_column,
    guess_year_column,
    take_level,
    take_region_column,
    take_year_column,
)
from nqp.new_study.variable_answers import (
    guess_outcome,
    guess_policy,
    take_controls,
    take_outcome,
    take_policy,
)

QUESTIONS = (
    Question("level", "level of the regions: province, city, or a name for a level of your own",
             guess_level, take_level),
    Question("region_column", "heading of the column with the regions", guess_region_column,
             take_region_column),
    Question("year_column", "heading of the column with the years", guess_year_column,
             take_year_column),
    Question("outcome", "heading of the outcome", guess_outcome, take_outcome),
    Question("controls", "headings of the controls, with ; between them", lambda draft: "",
             take_controls, may_be_blank=True),
    Question("policy", "a short name for the policy, a column of the panel", guess_policy,
             take_policy),
    Question("treated", "heading of a column with 1 where treated, or the treated regions with ; "
             "between them", guess_treated, take_treated, may_be_blank=True),
    Question("first_treated_year", "first treated year, or the heading of a column with each "
             "region's; nothing where the column of 0 and 1 tells it", guess_first_treated_year,
             take_first_treated_year, may_be_blank=True),
)  # fmt: skip


# --- answers in a file --------------------------------------------------------------------------


def read_answers(path: Path) -> dict[str, tuple[str, int]]:
    """Question → answer and its row, from a CSV file with the headings question and answer.

    Cells behind the second belong to the answer, as where commas part its names. Raises
    NewStudyError naming the row that is no question, or one asked twice.
    """
    if not path.is_file():
        raise NewStudyError(
            f"{path} does not exist. --answers names a CSV file with the columns question and "
            f"answer, and a row for each of {listed((q.name for q in QUESTIONS), 99)}."
        )
    try:
        rows = [(row.row_no, [clean(text) for text in row.texts]) for row in read_rows(path)]
    except IngestError as error:
        raise NewStudyError(f"The answers cannot be read: {error}") from error
    rows = [(number, texts) for number, texts in rows if any(texts)]
    if not rows or [text.lower() for text in rows[0][1][:2]] != ["question", "answer"]:
        raise NewStudyError(
            f"{path.name}, row 1: expected the headings question,answer, found "
            f"{','.join(rows[0][1]) if rows else 'nothing'}."
        )
    names = [question.name for question in QUESTIONS]
    found: dict[str, tuple[str, int]] = {}
    problems = []
    for number, (name, *texts) in rows[1:]:
        if name not in names:
            near = nearest(name, names)
            hint = f"did you mean {near!r}?" if near else f"the questions are {listed(names, 99)}."
            problems.append(f"{path.name}, row {number}: no question is called {name!r}; {hint}")
        elif name in found:
            problems.append(
                f"{path.name}, row {number}: {name} is answered in row {found[name][1]} too. Keep "
                "one."
            )
        else:
            found[name] = ", ".join(filter(None, texts)), number
    refuse(problems)
    return found


def understood(draft: Draft, answers: dict[str, tuple[str, int]], file: str) -> Draft:
    """The draft with every answer taken in. Raises NewStudyError naming all that cannot be."""
    problems: list[str] = []
    failed: set[str] = set()
    for question in QUESTIONS:
        text, number = answers.get(question.name, ("", 0))
        where = f"{file}, row {number} ({question.name})" if number else f"{file}, {question.name}"
        found = repr(text) if text else "nothing"
        if not text and not question.may_be_blank:
            problems.append(f"{where}: found nothing, expected the {question.asks}.")
            continue
        if question.name == "first_treated_year" and "treated" in failed:
            continue
        try:
            question.take(draft, text)
        except AnswerError as error:
            failed.add(question.name)
            problems.append(f"{where}: found {found}, {error}")
        except DependsError:
            # The answer on which it depends has been reported already.
            continue
    refuse(problems)
    return draft


def refuse(problems: Sequence[str]) -> None:
    """Raise NewStudyError with the problems, a line each; nothing where there are none."""
    if len(problems) > SHOWN:
        problems = [*problems[:SHOWN], f"and {len(problems) - SHOWN} more."]
    if problems:
        raise NewStudyError("\n".join(problems))
