"""Names in the wrong encoding: the texts are what other programs show for these bytes."""

from __future__ import annotations

import pytest

from nqp.ingest.misread import misread_names


@pytest.mark.parametrize(
    ("name", "reading", "text"),
    [
        ("北京", "UTF-8 read as GBK", "鍖椾含"),
        # nine bytes: the last one has no partner
        ("北京市", "UTF-8 read as GBK", "鍖椾含甯"),
        ("北京", "UTF-8 read as Latin-1", "å\x8c\x97äº¬"),
        ("北京", "UTF-8 read as Windows-1252", "åŒ—äº¬"),
        # E6 B5 8E 0xE5 0x8D 0x97: 8D has no sign in Windows-1252
        ("济南", "UTF-8 read as Windows-1252", "æµŽå\x8d—"),
        ("北京市", "GBK read as Latin-1", "±±¾©ÊÐ"),
    ],
)
def test_a_name_looks_as_the_wrong_encoding_shows_it(name: str, reading: str, text: str) -> None:
    table = misread_names([name])
    [found] = table.loc[(table["name"] == name) & (table["reading"] == reading), "text"]
    assert found == text


def test_a_text_of_a_name_is_listed_once() -> None:
    """GBK's bytes of most signs are the same in Latin-1 and Windows-1252."""
    table = misread_names(["北京市", "天津市", "北京市"])
    assert not table.duplicated(["name", "text"]).any()
    assert set(table["name"]) == {"北京市", "天津市"}


def test_names_that_no_encoding_changes_are_not_listed() -> None:
    table = misread_names(["Beijing", ""])
    assert table.empty
    assert table.columns.tolist() == ["name", "text", "reading"]
