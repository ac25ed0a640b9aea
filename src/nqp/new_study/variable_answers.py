"""What is explained, and by what: the outcome, the controls and the name of the policy."""

from __future__ import annotations

import re

from nqp.definitions.shapes import COLUMN_NAME
from nqp.new_study.data import (
    figure,
    is_missing,
)
from nqp.new_study.draft import (
    AnswerError,
    DependsError,
    Draft,
    heading_of,
    is_key,
    parts_of,
    require_figures,
)
from nqp.new_study.treatment_answers import START_HEADINGS, guess_treated


def take_outcome(draft: Draft, text: str) -> None:
    heading = heading_of(draft, text, "the column with the outcome")
    if not draft.years:
        raise DependsError
    if keys := is_key(draft, heading):
        raise AnswerError(f"expected a column of figures; {heading!r} holds {keys}.")
    require_figures(draft, heading)
    found = {figure(text) for *_, text in draft.values(heading)} - {None}
    if len(found) == 1:
        raise AnswerError(
            f"expected figures that differ; {heading!r} is {found.pop():g} throughout."
        )
    draft.outcome = heading


def _measures(draft: Draft) -> list[str]:
    """Columns that could be an outcome or a control."""
    found = []
    for heading in filter(None, draft.table.headings):
        if is_key(draft, heading) or START_HEADINGS.search(heading.lower()):
            continue
        texts = draft.table.column(heading)
        figures = [figure(text) for text in texts if not is_missing(text)]
        if figures and None not in figures and len(set(figures)) > 2:
            found.append(heading)
    return found


def guess_outcome(draft: Draft) -> str:
    return next(iter(_measures(draft)), "")


def take_controls(draft: Draft, text: str) -> None:
    if not draft.years:
        raise DependsError
    found: list[str] = []
    for part in parts_of(text, draft.table.headings) if text else []:
        heading = heading_of(draft, part, "each control") if part else ""
        if keys := is_key(draft, heading):
            raise AnswerError(f"expected columns of figures; {heading!r} holds {keys}.")
        if heading == draft.outcome:
            raise AnswerError(f"expected other columns than the outcome, {heading!r}.")
        if heading in found:
            raise AnswerError(f"expected each control once; {heading!r} is named twice.")
        require_figures(draft, heading)
        found.append(heading)
    draft.controls = tuple(found)


def take_policy(draft: Draft, text: str) -> None:
    if not COLUMN_NAME.holds(text):
        safe = column_name(text, "policy")
        raise AnswerError(f"expected {COLUMN_NAME.expected}; did you mean {safe!r}?")
    draft.policy = text


def column_name(text: str, otherwise: str) -> str:
    """A column's name as close to a heading as the panel allows."""
    safe = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    safe = safe if re.match("[A-Za-z]", safe) else f"x_{safe}" if safe else otherwise
    return safe if COLUMN_NAME.holds(safe) else f"{safe}_value"


def guess_policy(draft: Draft) -> str:
    return column_name(guess_treated(draft) or "policy", "policy")
