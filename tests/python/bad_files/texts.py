"""Text files in every encoding, delimited text, and web pages saved as tables."""

from __future__ import annotations

from bad_files.case import as_csv, file, folder

TABLE = [["地区", "2021年", "2022年"], ["北京市", "40269.6", "41610.9"], ["天津市", "", "16311.3"]]
TEXT = as_csv(TABLE)
LOST = "in place of characters that were lost when a program saved the file. Get the file again."
ENCODINGS = "(utf-8, gb18030, utf-16 …)"
QUOTES = (
    "Look there for a quotation mark that is not closed, or not doubled inside a quoted cell "
    '("said ""no""").'
)

ENCODING_CASES = [
    file(
        "gb18030 stated as utf-8", "The manifest says UTF-8, the file is GB18030 (文 → ÎÄ).",
        "An error that names the encoding in which the file reads.",
        "a.csv: byte 0 in line 1 is not utf-8. It reads as gb18030: say so in the manifest, column "
        "encoding.",
        TEXT.encode("gb18030"), encoding="utf-8",
    ),
    file(
        "utf-8 stated as gb18030", "The manifest says GB18030, the file is UTF-8, and it would "
        "read, as other characters.",
        "An error, not other characters.",
        "a.csv: the manifest says gb18030, but the file is UTF-8. Leave the column encoding empty.",
        "省份,北京\n".encode(), encoding="gb18030",
    ),
    file(
        "utf-8 stated as latin-1", "The manifest says an encoding in which every file reads.",
        "An error, not other characters.",
        "a.csv: the manifest says latin-1, but the file is UTF-8. Leave the column encoding empty.",
        TEXT.encode(), encoding="latin-1",
    ),
    file(
        "utf-8 stated as utf-16", "The manifest says UTF-16, the file is UTF-8.",
        "An error that names the encoding in which the file reads.",
        "a.csv: byte 0 in line 1 is not utf-16. It reads as utf-8: say so in the manifest, column "
        "encoding.",
        TEXT.encode(), encoding="utf-16",
    ),
    file(
        "utf-8 stated as utf-16-le", "The manifest says UTF-16 without a mark; the file is UTF-8 "
        "and would read, as other characters.",
        "An error, not other characters.",
        "a.csv: the manifest says utf-16-le, but the file is UTF-8. Leave the column encoding "
        "empty.",
        "省份,北京\n".encode(), encoding="utf-16-le",
    ),
    file(
        "utf-16 with a mark", "Excel's “Unicode text”: UTF-16 with a byte-order mark, TABs.",
        "Read.", TABLE, as_csv(TABLE, "\t").encode("utf-16"),
    ),
    file(
        "utf-16 big-endian", "UTF-16 in the other byte order, with its mark.", "Read.",
        TABLE, b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ),
    file(
        "utf-16 stated as gb18030", "The manifest says GB18030, the file's mark says UTF-16.",
        "An error that names both.",
        "a.csv: the manifest says gb18030, but the file's own mark (its first bytes) says utf-16. "
        "Leave the column encoding empty.",
        TEXT.encode("utf-16"), encoding="gb18030",
    ),
    file(
        "utf-16 without a mark", "UTF-16 without a byte-order mark, which nothing tells apart.",
        "An error that says what to state in the manifest.",
        "a.csv: line 1 holds a NUL character, which no text does. Get the file again, or give its "
        "encoding in the manifest (utf-16-le, if a program wrote UTF-16 without a mark).",
        "city,2021\n".encode("utf-16-le"),
    ),
    file(
        "utf-16 without a mark, stated", "UTF-16 without a mark, and the manifest says so.",
        "Read.", TABLE, TEXT.encode("utf-16-le"), encoding="utf-16-le",
    ),
    file(
        "byte-order mark", "UTF-8 with a byte-order mark, which would stick to the first heading.",
        "Read without the mark.", TABLE, b"\xef\xbb\xbf" + TEXT.encode(),
    ),
    file(
        "byte-order mark, stated utf-8", "The same; the manifest says UTF-8.",
        "Read without the mark.", TABLE, b"\xef\xbb\xbf" + TEXT.encode(), encoding="utf-8",
    ),
    file(
        "byte-order mark of gb18030", "GB18030 with a byte-order mark.", "Read without the mark.",
        TABLE, ("\ufeff" + TEXT).encode("gb18030"),
    ),
    file(
        "two encodings", "A GB18030 file pasted below a UTF-8 one.",
        "An error that names a line of each.",
        "a.csv: line 1 is UTF-8 and line 4 is not: pieces of two files were joined, or the "
        "file is damaged there. Get it again, or save the pieces in one encoding and join them "
        "again.",
        TEXT.encode() + "上海市,1,2\n".encode("gb18030"),
    ),
    file(
        "two encodings that read as one", "A UTF-8 line in a GB18030 file that reads as GB18030 "
        "too, as other characters.",
        "An error that names a line of each.",
        "a.csv: line 4 is UTF-8 and line 1 is not: pieces of two files were joined, or the "
        "file is damaged there. Get it again, or save the pieces in one encoding and join them "
        "again.",
        TEXT.encode("gb18030") + "省份,北京\n".encode(),
    ),
    file(
        "UTF-8 cut short", "A file that ends within a character.",
        "An error that names the line.",
        "a.csv: line 1 is UTF-8 and line 3 is not: pieces of two files were joined, or the file is "
        "damaged there. Get it again, or save the pieces in one encoding and join them again.",
        "地区,a\nb,1\n北京".encode()[:-1],
    ),
    file(
        "replacement character", "Characters lost when some program saved the file (U+FFFD).",
        "An error that names the line.",
        f"a.csv: line 3 holds the replacement character, {LOST}",
        TEXT.replace("天", "\ufffd").encode(),
    ),
    file(
        "锟斤拷", "The same, saved once more as GBK.", "An error that names the line.",
        f"a.csv: line 3 holds 锟斤拷, {LOST}", TEXT.replace("天津", "锟斤拷").encode("gb18030"),
    ),
    file(
        "no encoding at all", "Bytes that are text in no encoding.",
        "An error that names the byte and its line.",
        f"a.csv: byte 10 in line 3 is not gb18030. Get the file again, or give its encoding in the "
        f"manifest {ENCODINGS}.",
        b"ok,1\nok,2\n\xff\xff,3",
    ),
    file(
        "unknown encoding", "The manifest gives an encoding that does not exist.",
        "An error that names some that do.",
        f"a.csv: unknown encoding 'gb1830'. Give the file's encoding in the manifest {ENCODINGS} "
        "or leave it empty.",
        TEXT.encode(), encoding="gb1830",
    ),
    file(
        "an encoding of no text", "The manifest gives an encoding that is no text encoding.",
        "The same error.",
        f"a.csv: unknown encoding 'base64'. Give the file's encoding in the manifest {ENCODINGS} "
        "or leave it empty.",
        TEXT.encode(), encoding="base64",
    ),
    file(
        "NUL", "NUL characters, as a crash leaves them.", "An error that names the line.",
        "a.csv: line 3 holds a NUL character, which no text does. Get the file again, or give its "
        "encoding in the manifest (utf-16-le, if a program wrote UTF-16 without a mark).",
        TEXT.replace("天", "\0\0").encode(),
    ),
    file(
        "zero bytes", "An empty file, as a broken download leaves it.", "An error.",
        "a.xlsx: is empty (0 bytes). Get the file again.", b"", name="a.xlsx",
    ),
    folder(
        "only blanks", "A file of separators and spaces only.", "An error.",
        "a.csv: holds no cell. Get the file again, or drop its rows.",
        [{}], lambda place: (place / "a.csv").write_text(" , \n,\n\n"),
    ),
]  # fmt: skip

TEXT_CASES = [
    file(
        "unclosed quotation mark", "A quotation mark that is never closed: the rest of the file "
        "would be one cell.",
        "An error that names the row.",
        f"a.csv, row 2: unexpected end of data. {QUOTES}", b'a,b\n"x,1\ny,2\nz,3\n',
    ),
    file(
        "quotation mark closed rows later", "A quotation mark that closes some rows further down: "
        "the rows between would be one cell.",
        "An error that names the row and column.",
        "a.csv, row 2, column 1: a quotation mark opens a cell that runs over whole rows. Remove "
        "the mark, or close it.",
        b'a,b,c\n"x,1,2\ny,3,4\nz",5,6\nw,7,8\n',
    ),
    file(
        "quotation mark closed in the next row", "A quotation mark that closes in the very next "
        "row, which would be gone.",
        "An error that names the row and column.",
        "a.csv, row 2, column 4: a quotation mark opens a cell that runs over whole rows. Remove "
        "the mark, or close it.",
        '地区,年份,值,备注\n北京市,2014,1,"注\n北京市,2015,2,注"\n北京市,2016,3,\n'.encode(),
    ),
    file(
        "quotation mark closed in the middle", "The same in the middle of the rows.",
        "An error that names the row and column.",
        "a.csv, row 2, column 3: a quotation mark opens a cell that runs over whole rows. Remove "
        "the mark, or close it.",
        '地区,年份,值,备注\n北京市,2014,"1,注\n北京市,2015",2,注\n北京市,2016,3,\n'.encode(),
    ),
    file(
        "quotation mark in two columns", "The same in a table of two columns.",
        "An error that names the row and column.",
        "a.csv, row 2, column 2: a quotation mark opens a cell that runs over whole rows. Remove "
        "the mark, or close it.",
        '地区,2014\n北京市,"1\n天津市,2\n河北省,3"\n山西省,4\n'.encode(),
    ),
    file(
        "separators in a note", "A quoted note of two lines that holds the separator.",
        "Read as one cell of one row.",
        [["a", "b"], ["1", "see x, y\nand p, q"], ["2", ""], ["3", ""]],
        b'a,b\n1,"see x, y\nand p, q"\n2,\n3,\n',
    ),
    file(
        "headings of two lines", "Quoted headings with line breaks in every column.",
        "Read as one row.",
        [["地\n区", "2014\n年", "备\n注"], ["北京市", "1", ""], ["天津市", "2", "a, b\nc"]],
        '"地\n区","2014\n年","备\n注"\n北京市,1,\n天津市,2,"a, b\nc"\n'.encode(),
    ),
    file(
        "text behind a quotation mark", "A mark inside a quoted cell that is not doubled.",
        "An error that names the row.",
        f"a.csv, row 2: ',' expected after '\"'. {QUOTES}", b'a,b\n"x"y,1\n',
    ),
    file(
        "stray quotation mark", "A quotation mark inside a cell that is not quoted.",
        "Read as it stands.", [["a", "b"], ['5" pipe', "1"]], b'a,b\n5" pipe,1\n',
    ),
    file(
        "a cell of two lines", "A quoted cell with a line break.", "Read as one cell of one row.",
        [["a", "b\nc"], ["1", "2"]], b'a,"b\nc"\n1,2\n',
    ),
    file(
        "a huge cell", "A cell longer than any text in a table.", "An error that names the row.",
        f"a.csv, row 1: field larger than field limit (131072). {QUOTES}",
        b'x,"' + b"y" * 140_000 + b'"\n',
    ),
    file(
        "a huge line", "A file without line ends, longer than memory should hold.",
        "An error that names the line.",
        "a.csv: line 1 is longer than 16,777,216 characters: no table. Get the file again.",
        lambda: b"x," * (1 << 23),
    ),
    file(
        "ragged rows", "Rows of different lengths.", "Read as they are, each cell in its place.",
        [["a", "b", "c"], ["1"], ["1", "2", "3", "4"]], b"a,b,c\n1\n1,2,3,4\n",
    ),
    file("semicolons", "Semicolons for separators.", "Found.", TABLE, as_csv(TABLE, ";").encode()),
    file("TABs", "TABs for separators.", "Found.", TABLE, as_csv(TABLE, "\t").encode()),
    file("bars", "Bars for separators.", "Found.", TABLE, as_csv(TABLE, "|").encode()),
    file(
        "TAB and comma", "The NBS portal's TAB before every comma.", "The TAB stays in the cell.",
        [["数据库：分省年度数据\t"], ["地区\t", "2021年\t"], ["北京市\t", "40269.6\t"]],
        "数据库：分省年度数据\t\n地区\t,2021年\t\n北京市\t,40269.6\t\n".encode(),
    ),
    file(
        "decimal commas", "Semicolons between the cells, commas in the numbers.",
        "The semicolon is found; no number is split.",
        [["city", "x", "y"], ["A", "1,5", "2,5"], ["B", "3,5", "4"]],
        b"city;x;y\nA;1,5;2,5\nB;3,5;4\n",
    ),
    file(
        "sep=;", "Excel's line that names the separator.", "Obeyed; it is no row, as in Excel.",
        [["a,b", "c"], ["1", "2"]], b"sep=;\r\na,b;c\r\n1;2\r\n",
    ),
    file(
        "carriage returns", "Lines that end in a carriage return only (old Macintosh).", "Read.",
        TABLE, TEXT.replace("\r\n", "\r").encode(),
    ),
    file(
        "text as .xls", "TAB-separated text named .xls, as portals export it.", "Read as text.",
        TABLE, as_csv(TABLE, "\t").encode("gb18030"), name="a.xls",
    ),
    file("CSV as .xlsx", "CSV named .xlsx.", "Read as text.", TABLE, TEXT.encode(), name="a.xlsx"),
    file("CSV as .dta", "CSV named .dta.", "Read as text.", TABLE, TEXT.encode(), name="a.dta"),
    file("no ending", "A file without an ending.", "Read as what it is.", TABLE, TEXT.encode(),
         name="table"),
    file(
        "formula in text", "A cell that a spreadsheet would run as a formula.",
        "Text like any other.",
        [["city", "=HYPERLINK(\"http://x\")"], ["+1", "@x"]],
        b'city,"=HYPERLINK(""http://x"")"\n+1,@x\n',
    ),
]  # fmt: skip

PAGE = (
    '<html><head><meta charset="gb2312"><title>t</title><style>td{}</style></head><body>'
    "<p>单位：亿元</p><table><tr><th rowspan=2>地区</th><th colspan=2>GDP</th></tr>"
    "<tr><td>2021</td><td>2022</td></tr><tr><td> 北京\n市 </td><td>1<br>2</td><td>&lt;3</td></tr>"
    "</table>注：初步数<script>alert(1)</script></body></html>"
)


def page(*cells: str) -> bytes:
    """A web page with a table of one column."""
    return f"<table>{''.join(f'<tr><td>{cell}</td></tr>' for cell in cells)}</table>".encode()


PAGE_CASES = [
    file(
        "HTML as .xls", "A web page named .xls, as government portals export tables.",
        "Its tables are read; nothing in it runs. A merged cell stands in its first place.",
        [
            ["单位：亿元"], ["地区", "GDP", ""], ["", "2021", "2022"],
            ["北京 市", "1\n2", "<3"], ["注：初步数"],
        ],
        PAGE.encode("gb18030"), name="a.xls",
    ),
    file(
        "HTML tables within tables", "A web page with a table inside a table (its layout).",
        "An error.",
        "a.xls: is a web page with a table inside a table. Open it in Excel and save it as XLSX.",
        b"<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table>", name="a.xls",
    ),
    file(
        "HTML that spans a billion columns", "A span made to fill the memory.",
        "No more than 1,000 columns, which is what browsers allow.",
        [["1", *[""] * 999]], b"<table><tr><td colspan=1000000000>1</td></tr></table>",
    ),
    file(
        "HTML with raised and lowered figures", "Notes and powers that are raised or lowered "
        "behind a figure.",
        "Small figures, which no figure is; a note mark stays what it is.",
        [["123¹"], ["123²"], ["5 ₂"], ["123*"], ["123①"], ["123[1]"], ["123注1"], ["10⁴"],
         ["12.⁵"], ["2014¹"], ["123[raised: .]"], ["km2"], ["人口1"]],
        page("123<sup>1</sup>", '123<span style="Vertical-Align: super">2</span>',
             "5 <sub>2</sub>", "123<sup>*</sup>", "123<sup>①</sup>", "123<sup>[1]</sup>",
             "123<sup>注1</sup>", "10<sup>4</sup>", "12<sup>.5</sup>", "2014<sup>1</sup>",
             "123<sup>.</sup>", "km<sup>2</sup>", "人口<sup>1</sup>"),
        name="a.xls",
    ),
    file(
        "HTML with links", "A link to a note behind a figure, and a figure that is a link.",
        "The note in brackets, as staging takes notes; the figure as it is.",
        [["123[2]"], ["123"], ["[12][3]"], ["123[*2]"], ["北京1"]],
        page('123<a href="#n">2</a>', ' <a href="x">123</a> ', "<a>12</a><a>3</a>",
             "123<a>*2</a>", "北京<a>1</a>"),
        name="a.xls",
    ),
    file(
        "HTML with figures struck out or hidden", "Figures that are struck out, or that the page "
        "does not show.",
        "Said with what stands there, which no figure is.",
        [["[struck out: 99]98"], ["[struck out: 99]98"], ["[struck out: 98]"], ["8[hidden: 9]"],
         ["[hidden: 00012]12"], ["20[hidden: 14]年"], ["1[hidden: 2][hidden: 3]4"],
         ["5[struck out: 6]"], ["总人口数"], ["[field: 77]"]],
        page("<s>99</s>98", '<span style="text-decoration: line-through">99</span>98',
             "<del>98</del>", '8<span style="DISPLAY: none">9</span>',
             "<span hidden>00012</span>12", '20<i style="visibility:hidden">14</i>年',
             '1<b style="display:none">2<i>3</i></b>4', "5<s><sup>6</sup></s>",
             '总人<span style="display:none">口数</span>', '<input value="77">'),
        name="a.xls",
    ),
    file(
        "HTML with pieces of a cell below each other", "Paragraphs, lists, rules and lines of the "
        "markup that part two figures in one cell.",
        "Lines of the cell.",
        [["12\n345"], ["1\n2"], ["1\n2\n3"], ["12\n345"], ["12\n345"], ["12 345"], ["北京 市"],
         ["1234"], ["地区"]],
        page("<p>12</p><p>345</p>", "1<hr>2", "1<ul><li>2<li>3</ul>", "12\n  345", "12\t345",
             "12&nbsp;345", "北京\n市", "1<wbr>2<b>3</b><font>4</font>", " <div> 地区 </div> "),
        name="a.xls",
    ),
    file(
        "HTML with a span of 0 rows", "A cell that spans all rows that are left of its group.",
        "It stands in its first place, as everywhere.",
        [["a", "1"], ["", "2"], ["", "3"], ["b", "4"]],
        b"<table><tbody><tr><td rowspan=0>a<td>1<tr><td>2<tr><td>3</tbody>"
        b"<tbody><tr><td>b<td>4</table>",
        name="a.xls",
    ),
    file(
        "HTML of a million columns", "A row of cells that each span 1,000 columns.", "An error.",
        "a.xls: is a web page whose row 1 reaches to column 17,000, with 17,000 cells up to there: "
        "no table. Get the file again.",
        b"<table><tr>" + b"<td colspan=1000>1" * 1000, name="a.xls",
    ),
    file(
        "HTML of a billion cells", "Very many such rows.", "An error.",
        "a.xls: is a web page whose row 1,251 reaches to column 1,000, with 20,001,000 cells up "
        "to there: no table. Get the file again.",
        lambda: b"<table>" + (b"<tr>" + b"<td colspan=1000>" * 16) * 1300, name="a.xls",
    ),
    *(
        file(
            f"HTML with {what} that do not end", f"A page of 100,000 {what} that do not end, each "
            "of which a reader would follow to the end of the page.",
            "An error.",
            "a.xls: is a web page with tags or comments that do not end, the last in line 2. Get "
            "the file again.",
            b"<table><tr><td>1</td></tr>\n" + sign * 100_000, name="a.xls",
        )
        for what, sign in [("comments", b"<!--"), ("tags", b"<a"), ("end tags", b"</a")]
    ),
    file(
        "HTML with tags that are never closed", "A cell of 100,000 tags of one kind, and as many "
        "ends of another.",
        "Read as browsers do.", [["1"]],
        b"<table><tr><td>" + b"<b>" * 100_000 + b"</i>" * 100_000 + b"1", name="a.xls",
    ),
    folder(
        "HTML without a table", "A login or error page saved in place of the table.", "An error.",
        "a.csv: holds no cell. Get the file again, or drop its rows.",
        [{}], lambda place: (place / "a.csv").write_text("<html><body></body></html>"),
    ),
    file(
        "XML spreadsheet", "Excel 2003's XML named .xls.", "An error.",
        "a.xls: is XML, whatever its name says. Open it in Excel and save it as XLSX.",
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', name="a.xls",
    ),
    file(
        "MHTML", "A web page in one file, named .xls.", "An error.",
        "a.xls: is a web page in one file (MHTML), not a table. Save it as XLSX or CSV.",
        b"MIME-Version: 1.0\r\n", name="a.xls",
    ),
    file("PDF", "A PDF document.", "An error.",
         "a.pdf: is a PDF document, not a table. Save it as XLSX or CSV.", b"%PDF-1.7",
         name="a.pdf"),
    file("RAR", "A RAR archive.", "An error.",
         "a.csv: is a RAR archive, not a table. Save it as XLSX or CSV.", b"Rar!\x1a\x07\0"),
    file("picture", "A scanned page.", "An error.",
         "a.csv: is a picture, not a table. Save it as XLSX or CSV.", b"\x89PNG\r\n\x1a\n"),
]  # fmt: skip
