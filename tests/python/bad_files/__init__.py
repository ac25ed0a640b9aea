"""Files and manifests that are fatal or need a reader of their own: what is wrong with each, and
exactly what must happen.

A case writes its files into a folder, reads them with functions of ``nqp.ingest`` and expects
either the texts of every sheet or a message, in which … stands for what a library says.
"""

from bad_files.case import Case
from bad_files.manifests import MANIFEST_CASES, PLACE_CASES
from bad_files.stata import STATA_CASES
from bad_files.texts import ENCODING_CASES, PAGE_CASES, TEXT_CASES
from bad_files.workbooks import WORKBOOK_CASES

CASES: list[Case] = [
    *ENCODING_CASES,
    *TEXT_CASES,
    *PAGE_CASES,
    *STATA_CASES,
    *WORKBOOK_CASES,
    *PLACE_CASES,
    *MANIFEST_CASES,
]
