"""Faults put into a consistent paper, and what an honest reader could know of each.

`could_be_true` works with plain numbers and half units of the last digit, on the rules that
econometrics gives, without anything of the audit: where it finds nothing against the spoilt page,
the fault is beyond what the print can show.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from scipy import stats

from made_up import Line, Page

KINDS = (
    "digits swapped in a coefficient", "digits swapped in an error", "star", "rows", "t for s.e.",
    "next digit", "columns exchanged", "R² digits swapped", "descriptive",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What was done, and the cells of which one must be told: (table, column, term, what)."""

    kind: str
    cells: frozenset[tuple[str, str, str, str]]


def spoil(page: Page, kind: str, seed: int) -> tuple[Page, Fault] | None:
    """The page with one fault of a kind; None where the seed's cell cannot have it."""
    rng, spoilt = random.Random(seed), page.copy()
    coefficients = [r for r in spoilt.rows if r["term"]]
    fits = [r for r in spoilt.rows if not r["term"]]
    row, fit = rng.choice(coefficients), rng.choice(fits)
    at = (row["table_number"], row["column_number"], row["term"])
    fit_at = (fit["table_number"], fit["column_number"], "")

    def one(where: tuple[str, str, str], what: str) -> Fault:
        return Fault(kind, frozenset({(*where, what)}))

    if kind == "digits swapped in a coefficient":
        text = _swapped(row["estimate_printed"], rng)
        fault = one(at, "estimate")
        row["estimate_printed"] = text or ""
    elif kind == "digits swapped in an error":
        text = _swapped(row["parenthesis_printed"], rng)
        fault = one(at, "parenthesis")
        row["parenthesis_printed"] = text or ""
    elif kind == "star":
        text = row["stars"][:-1] if row["stars"] and rng.random() < 0.6 else row["stars"] + "*"
        text = None if text == "****" else text
        fault = one(at, "stars")
        row["stars"] = text or ""
    elif kind == "rows":
        n = int(fit["n_obs"].replace(",", ""))
        text = f"{n + rng.choice([-90, -9, -1, 1, 10, 100, 1000]):,}"
        fault = one(fit_at, "n_obs")
        fit["n_obs"] = text
    elif kind == "t for s.e.":
        t = float(row["estimate_printed"]) / float(row["parenthesis_printed"])
        text = f"{t:.{_decimals(row['parenthesis_printed'])}f}"
        fault = one(at, "parenthesis")
        row["parenthesis_printed"] = text
    elif kind == "next digit":
        what, name = rng.choice([("r2", "r2"), ("r2_adj", "r2_adj"), ("", "estimate")])
        target, column = (fit, what) if what else (row, "estimate_printed")
        step = 10.0 ** -_decimals(target[column])
        text = f"{float(target[column]) + rng.choice([-step, step]):.{_decimals(target[column])}f}"
        fault = one(fit_at if what else at, name)
        target[column] = text
    elif kind == "columns exchanged":
        table = rng.choice(["3", "4", "5"])
        numbers = sorted({r["column_number"] for r in fits if r["table_number"] == table})
        a, b = rng.sample(numbers, 2)
        text = "exchanged"
        here = [r for r in coefficients if r["table_number"] == table]
        swap = {a: b, b: a}
        for r in here:
            r["column_number"] = swap.get(r["column_number"], r["column_number"])
            r["outcome"] = spoilt.at(table, r["column_number"])["outcome"]
        cells = [
            (table, r["column_number"], r["term"], w)
            for r in here
            if r["column_number"] in swap
            for w in ("estimate", "parenthesis", "stars")
        ]
        cells += [(table, c, "", w) for c in swap for w in ("n_obs", "r2", "r2_adj")]
        fault = Fault(kind, frozenset(cells))
    elif kind == "R² digits swapped":
        what = rng.choice(["r2", "r2_adj"])
        text = _swapped(fit[what], rng)
        fault = one(fit_at, what)
        fit[what] = text or ""
    else:
        row = rng.choice(spoilt.described)
        what = rng.choice(["mean", "std_dev", "minimum", "maximum"])
        text = _swapped(row[f"{what}_printed"], rng)
        fault = one(("2", "", row["variable"]), what)
        row[f"{what}_printed"] = text or ""
    return (spoilt, fault) if text is not None else None


def _swapped(text: str, rng: random.Random) -> str | None:
    pairs = [
        i
        for i in range(len(text) - 1)
        if text[i].isdigit() and text[i + 1].isdigit() and text[i] != text[i + 1]
    ]
    if not pairs:
        return None
    i = rng.choice(pairs)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


# --- what a reader could know --------------------------------------------------------------------


def _num(text: str) -> tuple[float, float]:
    """A printed number and half a unit of its last digit; whole rows are exact."""
    return float(text.replace(",", "")), 0.5 * 10.0 ** -_decimals(text) if "." in text else 0.0


def could_be_true(page: Page) -> list[str]:
    """What plain arithmetic has against a page; empty where the page could be an honest one."""
    against = []
    described = {r["variable"]: r for r in page.described}
    sample = _num(page.described[0]["n_obs"])[0]
    units, periods = _panel(page)
    for fit in (r for r in page.rows if not r["term"]):
        column = [r for r in page.rows if r["term"] and _key(r) == _key(fit)]
        against += _fit(fit, column, sample, units, periods)
        for row in column:
            against += _stars(row, fit, len(column), units, periods)
        if not fit["controls"]:
            against += _constant(fit, column, described)
    for name in ("1", "4"):
        against += _simple(page, described) if name == "1" else []
    against += _channel(page) + _parts(page, sample) + _errors(page) + _nested(page)
    for row in page.described:
        against += _moments(row)
    return against


def _key(row: Line) -> tuple[str, str]:
    return row["table_number"], row["column_number"]


def _panel(page: Page) -> tuple[int, int]:
    """Units and periods: known to the reader from the columns that nobody touched."""
    n = round(_num(page.described[0]["n_obs"])[0])
    fits = [r for r in page.rows if not r["term"] and r["unit_effects"] == "Yes"]
    votes: dict[int, int] = {}
    for periods in range(2, math.isqrt(n) + 1):
        if n % periods:
            continue
        for fit in fits:
            rows = round(_num(fit["n_obs"])[0])
            if rows % periods == 0 and _adjusted(fit, rows // periods, periods):
                votes[periods] = votes.get(periods, 0) + 1
    best = max(votes, key=lambda p: votes[p])
    return n // best, best


def _parameters(fit: Line, units: int, periods: int) -> int:
    slopes = {"3": {"1": 1, "2": 1, "3": 4, "4": 4}, "4": {"1": 4, "2": 5}, "5": {"1": 4, "2": 4}}
    k = 1 + slopes[fit["table_number"]][fit["column_number"]]
    return k + (units + periods - 2 if fit["unit_effects"] == "Yes" else 0)


def _adjusted(fit: Line, units: int, periods: int) -> bool:
    (r2, d), (adjusted, e), (n, _) = (_num(fit[c]) for c in ("r2", "r2_adj", "n_obs"))
    k = _parameters(fit, units, periods)
    if n <= k:
        return False
    factor = (n - 1) / (n - k)
    return abs(1 - (1 - r2) * factor - adjusted) <= e + factor * d + 1e-9


def _fit(fit: Line, column: list[Line], sample: float, units: int, periods: int) -> list[str]:
    n = round(_num(fit["n_obs"])[0])
    if n > sample:
        return [f"{_key(fit)}: more rows than the sample"]
    if fit["unit_effects"] == "No":
        fits = [0]
    else:
        # Rows may be missing, and a column may have fewer periods: what is left must still fit.
        fits = [u for u in range(2, units + 1) if u * periods >= n]
        fits += [n // p for p in range(2, periods) if n % p == 0 and n // p <= units]
    ok = any(_adjusted(fit, u, periods if u * periods >= n else n // max(u, 1)) for u in fits)
    return [] if ok else [f"{_key(fit)}: adjusted R²"]


def _stars(row: Line, fit: Line, shown: int, units: int, periods: int) -> list[str]:
    (b, d), (s, e) = _num(row["estimate_printed"]), _num(row["parenthesis_printed"])
    if s < 0:
        return [f"{_key(row)} {row['term']}: a negative error"]
    low = max(0.0, abs(b) - d) / (s + e)
    high = (abs(b) + d) / (s - e) if s > e else math.inf
    n = _num(fit["n_obs"])[0]
    if "clustered" in fit["note"]:
        dfs = [max(1.0, min(units, n / periods) - 1), units - 1.0]
    else:
        (r2, dr), (adjusted, da) = _num(fit["r2"]), _num(fit["r2_adj"])
        dfs = [
            max(1.0, (n - 1) * (1 - r2 + x) / (1 - adjusted - y))
            for x in (-dr, dr)
            for y in (-da, da)
        ]
    p = [2 * float(stats.t.sf(t, df)) for t in (low, high) for df in (min(dfs), max(dfs))]
    edges = [1.0, 0.1, 0.05, 0.01, 0.0]
    stars = len(row["stars"])
    if max(p) < edges[stars + 1] or min(p) > edges[stars]:
        return [f"{_key(row)} {row['term']}: stars"]
    return []


def _constant(fit: Line, column: list[Line], described: dict[str, Line]) -> list[str]:
    if fit["n_obs"] != described["Output"]["n_obs"]:
        return []
    expected, slack = _num(described["Output"]["mean_printed"])
    for row in column:
        if row["term"] == "Constant":
            constant, e = _num(row["estimate_printed"])
            slack += e
        else:
            (b, d), (m, f) = (
                _num(row["estimate_printed"]),
                _num(described[row["term"]]["mean_printed"]),
            )
            expected -= b * m
            slack += d * abs(m) + f * abs(b) + d * f
    return [f"{_key(fit)}: constant"] if abs(constant - expected) > slack + 1e-9 else []


def _simple(page: Page, described: dict[str, Line]) -> list[str]:
    fit, row = page.at("3", "1"), page.at("3", "1", "Policy")
    if fit["n_obs"] != described["Output"]["n_obs"]:
        return []
    (b, d), (r2, e) = _num(row["estimate_printed"]), _num(fit["r2"])
    (sx, f), (sy, g) = (_num(described[v]["std_dev_printed"]) for v in ("Policy", "Output"))
    low = (max(0.0, abs(b) - d) * (sx - f) / (sy + g)) ** 2
    high = ((abs(b) + d) * (sx + f) / (sy - g)) ** 2
    return [] if low - e <= r2 <= high + e else ["simple R²"]


def _channel(page: Page) -> list[str]:
    found = []
    # The total effect is that of the column with effects that prints the controls.
    total = next(
        (c for c in ("2", "4") if sum(_key(r) == ("3", c) for r in page.rows) > 3), "4"
    )  # fmt: skip
    parts = [page.at("3", total), page.at("4", "1"), page.at("4", "2")]
    if len({p["n_obs"] for p in parts}) > 1:
        return []
    for term in ("Policy",):
        rows = [
            next((r for r in page.rows if _key(r) == key and r["term"] == name), None)
            for key, name in (
                (("3", total), term),
                (("4", "2"), term),
                (("4", "1"), term),
                (("4", "2"), "Skill"),
            )
        ]
        if any(r is None for r in rows):
            found.append("a regressor on itself")
            continue
        (c, dc), (direct, dd), (a, da), (b, db) = (
            _num(r["estimate_printed"]) for r in rows if r is not None
        )
        slack = dc + dd + da * abs(b) + db * abs(a) + da * db
        if abs(c - direct - a * b) > slack + 1e-9:
            found.append("c = c' + ab")
    return found


def _parts(page: Page, sample: float) -> list[str]:
    total = sum(_num(page.at("5", c)["n_obs"])[0] for c in ("1", "2"))
    wholes = [_num(page.at("3", c)["n_obs"])[0] for c in "1234"]
    return [] if total == max(set(wholes), key=wholes.count) == sample else ["parts"]


def _errors(page: Page) -> list[str]:
    """With conventional errors t² = R²(N − 2)/(1 − R²), and so for one regressor more."""
    if "clustered" in page.at("3", "1")["note"]:
        return []
    fit, row = page.at("3", "1"), page.at("3", "1", "Policy")
    (r2, e), (n, _) = _num(fit["r2"]), _num(fit["n_obs"])
    implied = [math.sqrt(max(0.0, r) * (n - 2) / (1 - r)) for r in (r2 - e, r2 + e)]
    return [] if _t_meets(row, implied) else ["conventional errors, simple"]


def _nested(page: Page) -> list[str]:
    small, large = page.at("3", "4"), page.at("4", "2")
    found = []
    if small["n_obs"] != large["n_obs"]:
        return []
    (r0, e), (r1, f), (adjusted, g) = _num(small["r2"]), _num(large["r2"]), _num(large["r2_adj"])
    if r1 + f < r0 - e:
        found.append("nested R²")
    for a, b in (("1", "3"), ("2", "4")):
        (x, dx), (y, dy) = _num(page.at("3", a)["r2"]), _num(page.at("3", b)["r2"])
        if page.at("3", a)["n_obs"] == page.at("3", b)["n_obs"] and y + dy < x - dx:
            found.append("nested R²")
    row = next((r for r in page.rows if _key(r) == ("4", "2") and r["term"] == "Skill"), None)
    if "clustered" not in large["note"] and row is not None and not found:
        n = _num(large["n_obs"])[0]
        ends = []
        for low, x0, x1 in (
            (True, r0 + e, r1 - f),
            (False, r0 - e, r1 + f),
        ):
            df = (n - 1) * (1 - r1 + (-f if low else f)) / (1 - adjusted + (g if low else -g))
            ends.append(math.sqrt(max(0.0, df * (x1 - x0) / (1 - x1))))
        if not _t_meets(row, ends):
            found.append("conventional errors, nested")
    return found


def _t_meets(row: Line, implied: list[float]) -> bool:
    (b, d), (s, e) = _num(row["estimate_printed"]), _num(row["parenthesis_printed"])
    if s < 0:
        return False
    low = max(0.0, abs(b) - d) / (s + e)
    high = (abs(b) + d) / (s - e) if s > e else math.inf
    return low <= max(implied) * (1 + 1e-9) and high >= min(implied) * (1 - 1e-9)


def _moments(row: Line) -> list[str]:
    n = _num(row["n_obs"])[0]
    (m, d), (s, e), (low, f), (high, g) = (
        _num(row[f"{w}_printed"]) for w in ("mean", "std_dev", "minimum", "maximum")
    )
    if not low - f <= m + d or not m - d <= high + g:
        return [f"{row['variable']}: order"]
    most = math.sqrt(max(0.0, (high + g - m + d) * (m + d - low + f)) * n / (n - 1))
    least = (high - g - low - f) / math.sqrt(2 * (n - 1))
    if row["kind"] == "dummy":
        least = math.sqrt(min(p * (1 - p) for p in (m - d, m + d)))
        if not any(abs(r - m * n) <= d * n + 1e-6 for r in (math.floor(m * n), math.ceil(m * n))):
            return [f"{row['variable']}: whole rows"]
    if s - e > most * (1 + 1e-9) or s + e < least * (1 - 1e-9):
        return [f"{row['variable']}: spread"]
    return []
