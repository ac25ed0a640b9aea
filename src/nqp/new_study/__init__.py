"""A study's folder from a data file and a few answers: what ``nqp new-study`` writes.

`data` reads the file, `answers` asks and understands, `regions` finds the units in the catalogue,
`folder` writes the lists. The folder builds as it is, and every list in it is then the user's.
"""

from nqp.new_study.answers import QUESTIONS, read_answers, understood
from nqp.new_study.data import NewStudyError, Table, read_data
from nqp.new_study.draft import Draft, Question
from nqp.new_study.folder import write_study
from nqp.new_study.regions import Catalogue

__all__ = [
    "QUESTIONS",
    "Catalogue",
    "Draft",
    "NewStudyError",
    "Question",
    "Table",
    "read_answers",
    "read_data",
    "understood",
    "write_study",
]
