"""The build of the corpus of faulty tables, which the tests of this folder share."""

from __future__ import annotations

import pytest

import bad_cells
from warehouse import NO_TESTS, Build, build


@pytest.fixture(scope="session")
def bad_cells_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The corpus of faulty tables, as far as staging, review and accounting."""
    folder = tmp_path_factory.mktemp("bad_cells_data")
    bad_cells.write(folder)
    return build(
        "licensed", tmp_path_factory.mktemp("bad_cells"), data_dir=folder, manifest_dir=folder,
        args=["-s", "+cell_accounting", "+review", "+rejected_cells", *NO_TESTS],
    )  # fmt: skip
