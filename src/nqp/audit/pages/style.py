"""The look of an audit's page: light and dark, narrow and printed."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1a; --paper: #fdfdfb; --line: #bbb;
  --red: #f6c9c4; --orange: #f8dfb4; --blue: #cfe0f5; --grey: #e6e6e2; --green: #dcebd3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --paper: #1b1c1e; --line: #555;
    --red: #6b2b26; --orange: #62471a; --blue: #27415f; --grey: #3a3b3d; --green: #34482b; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 Georgia, "Songti SC", "Noto Serif CJK SC", serif; }
main { max-width: 62rem; margin: auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
li { margin: .5rem 0; } li:target { outline: 2px solid currentColor; outline-offset: 4px; }
code { font-size: .8em; opacity: .75; } sup { font-size: .65em; } sup a { margin-left: .15em; }
a { color: inherit; }
figure { margin: 2rem 0; } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: 60%;
  border-top: 2px solid; border-bottom: 2px solid; }
caption { text-align: left; padding: .3rem 0; font-weight: bold; }
th, td { padding: .2rem .7rem; text-align: center; font-weight: normal; vertical-align: top; }
th[scope=row] { text-align: left; } thead th { border-bottom: 1px solid; }
tr:not(.fit) + tr.fit th, tr:not(.fit) + tr.fit td { border-top: 1px solid var(--line); }
.note { font-size: .85rem; margin: .3rem 0; }
mark, li > span[class], p > span[class] { color: inherit; padding: 0 .2em; border-radius: 3px; }
.contradiction { background: var(--red); } .claim, .unlikely { background: var(--orange); }
.unclear { background: var(--blue); } .undecidable { background: var(--grey); }
@media (max-width: 40rem) { body { font-size: 15px; } th, td { padding: .2rem .4rem; } }
@media print { body { background: none; color: #000; } main { max-width: none; }
  figure { break-inside: avoid; } .wide { overflow: visible; }
  mark { border: 1px solid #000; } }
"""
