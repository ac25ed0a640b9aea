"""How cells of files are addressed: as the program that opens the file shows them.

The SQL of a build writes addresses by the macro `cell_address`, which is a function of the
published file too; this is for what has no such file at hand.
"""

from __future__ import annotations


def column_number(letters: str) -> int:
    """The number of a column by its letters: C is 3, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """The letters of a column by its number, from 1: 3 is C, 27 is AA."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def cell_address(file: str, sheet: str, row_no: int, col_no: int) -> str:
    """F720 of a sheet, row and column of a text file, observation and variable of a Stata file.

    row_no, col_no: from 1; the first row of a Stata file is the names. sheet: '' without sheets.
    """
    if sheet:
        return f"{file}, {sheet}, {column_letters(col_no)}{row_no}"
    if file.lower().endswith(".dta"):
        return f"{file}, observation {row_no - 1}, variable {col_no}"
    return f"{file}, row {row_no}, column {col_no}"
