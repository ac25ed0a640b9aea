"""The shipped definitions as frames, for tests that need no warehouse."""

from __future__ import annotations

import pandas as pd

from warehouse import ROOT

CATALOGUE, STUDIES = ROOT / "catalogue", ROOT / "studies"
# Extenders come after what they extend, as the warehouse lists them.
SHIPPED = sorted(path.parent.name for path in STUDIES.glob("*/study.csv"))


def definitions(name: str) -> pd.DataFrame:
    """All shipped rows of a list, with the study each belongs to ('' in the catalogue).

    Everything is text, blanks are ''. `studies` has a row per study; `published_coefficients` and
    its like stand in the folder `published` of a study. Rows that a study inherits are not added.
    """
    if (CATALOGUE / f"{name}.csv").is_file():
        return _read(CATALOGUE / f"{name}.csv", "")
    file = {"studies": "study"}.get(name, name)
    if name.startswith("published_"):
        file = f"published/{name.removeprefix('published_')}"
    found = [
        _read(path, study)
        for study in SHIPPED
        if (path := STUDIES / study / f"{file}.csv").is_file()
    ]
    return pd.concat(found, ignore_index=True).fillna("")


def _read(path: object, study: str) -> pd.DataFrame:
    frame = pd.read_csv(str(path), dtype=str, keep_default_na=False)
    frame.insert(0, "study", study)
    return frame
