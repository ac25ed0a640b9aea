"""What stands beside figures is known to be harmless, or doubted: of generated inputs none wrong is
staged, and none right is lost; the words of the catalogue keep to their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest

import made_up_context
from definitions_for_tests import definitions
from warehouse import NO_TESTS, build

INPUTS = [(kind, one) for kind, one in made_up_context.inputs()]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("context_data")
    made_up_context.write(folder)
    done = build(
        "licensed", tmp_path_factory.mktemp("context"), data_dir=folder, manifest_dir=folder,
        args=["-s", "+review", "+rejected_cells", "+rejections", *NO_TESTS],
    )  # fmt: skip
    assert done.process.returncode == 0, done.output
    with duckdb.connect(str(done.internal), read_only=True) as connection:
        yield connection


@pytest.mark.build
@pytest.mark.parametrize("kind", made_up_context.KINDS)
def test_nothing_wrong_is_staged_and_nothing_right_is_lost(
    tables: duckdb.DuckDBPyConnection, kind: str
) -> None:
    faults = []
    for of, one in INPUTS:
        if of != kind:
            continue
        staged = {
            value
            for (value,) in tables.execute(
                "select value from staging.observations where source_id = ?", [one.name]
            ).fetchall()
        }
        listed = tables.execute(
            "select count(*) from quality.review where source_id = ? and rules like '%text%'",
            [one.name],
        ).fetchall()[0][0]
        if staged & one.wrong or one.right - staged or (one.listed and listed != 1) or listed > 1:
            faults.append((one.name, one.lines, staged, listed))
    assert faults == []


@pytest.mark.build
def test_every_rejection_says_what_mends_it(tables: duckdb.DuckDBPyConnection) -> None:
    rows = tables.execute("select reason, remedy from quality.rejections").fetchall()
    assert rows and all(remedy for _, remedy in rows)


def test_no_harmless_word_tells_of_anything() -> None:
    """None of growth, a share, a district, a period …, nor a unit, and none is a pattern."""
    words = definitions("harmless_words")["word"]
    telling = definitions("telling_words")
    units = set(definitions("unit_spellings")["spelling"])
    of_columns = telling["kind"].isin(["unit_column", "key_column"])
    for word in words:
        assert word not in units, word
        assert word == word.strip().lower() and not re.search(r"[*?%_\[\]\\|]", word), word
        for told in telling.loc[~of_columns, "word"]:
            inside = re.search(rf"\b{re.escape(told)}\b", word) if told.isascii() else told in word
            assert not inside, (word, told)


def test_no_text_of_a_made_up_case_is_a_harmless_word() -> None:
    words = set(definitions("harmless_words")["word"])
    assert not words & {
        text.lower() for text in made_up_context.NOT_LEVELS + made_up_context.UNKNOWN
    }
