"""The simulated data: calibration, planted truth, and files that say what the series say.

The path from series to index is worked here with plain pandas, apart from the generator's own and
apart from the warehouse's SQL.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from definitions_for_tests import definitions
from nqp import simulate
from nqp.econometrics.regression import RegressionFit, RegressionSpec, fit
from nqp.ingest import read_cells, read_manifest
from nqp.simulate import calibrate, generate, models, sources
from nqp.simulate.definitions import Spec, entropy_weights

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "data" / "simulated"
STUDIES = ("city", "province")
MEDIATORS = {"bdpz", "Index", "LnGIP", "ln_Labor", "Er", "Pati"}


def _rows(name: str) -> list[dict[str, str]]:
    """The rows of a list of definitions, every cell as text."""
    return [
        {str(name): str(cell) for name, cell in row.items()}
        for row in definitions(name).to_dict("records")
    ]


def _of(study: str, name: str) -> list[dict[str, str]]:
    return [row for row in _rows(name) if row["study"] == study]


# Matching and winsorising choose rows and values by the noise itself: no noise-free truth there.
SPECS = {
    row["spec_id"]: row
    for row in _rows("regression_specs")
    if row["study"] in STUDIES and not row["matching"] and not row["winsor_upper"]
}
DESCRIPTIVES = {(row["study"], row["variable_id"]): row for row in _rows("published_descriptives")}


@pytest.fixture(scope="module")
def made() -> dict[str, generate.Simulation]:
    loaded = simulate.load(ROOT)
    return {study: simulate.simulate(study, loaded, simulate.SEED) for study in STUDIES}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate.write(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def panels(made: dict[str, generate.Simulation]) -> dict[str, pd.DataFrame]:
    """Variables and index derived in this module from the series alone."""
    return {study: _panel(made[study].series, study) for study in STUDIES}


def _panel(series: pd.DataFrame, study: str) -> pd.DataFrame:
    wide = series.pivot(index=["region_code", "year"], columns="series_id", values="value")
    wide = pd.concat(
        {code: unit.droplevel(0).interpolate(limit_area="inside")
         for code, unit in wide.groupby("region_code")}
    )  # fmt: skip
    columns = {}
    formulas = [(row["indicator_id"], row) for row in _of(study, "indicators")]
    formulas += [(row["variable_id"], row) for row in _of(study, "variables")]
    for name, row in formulas:
        value = wide[row["numerator"].split(" + ")].sum(axis=1, skipna=False)
        if row["denominator"]:
            value = value / wide[row["denominator"]]
        value = value * float(row["scale"])
        functions = {"level": np.positive, "ln": np.log, "ln1p": np.log1p}
        columns[name] = functions[row["transform"]](value)
    panel = pd.DataFrame(columns)
    index, total = pd.Series(0.0, panel.index), 0.0
    for row in _of(study, "indicators"):
        x = panel[row["indicator_id"]]
        x = (x - x.min() if row["sign"] == "1" else x.max() - x) / (x.max() - x.min())
        p = x[x > 0] / x.sum()
        divergence = 1 + float((p * np.log(p)).sum()) / np.log(len(x))
        index, total = index + divergence * x, total + divergence
    return panel.assign(nqp=index / total).rename_axis(["region_code", "year"]).reset_index()


def _fit(panel: pd.DataFrame, spec_id: str, outcome: str = "") -> RegressionFit:
    row = SPECS[spec_id]
    if row["grouping"]:
        panel = panel[panel[row["grouping"]] == row["group_id"]]
    if row["first_year"]:
        panel = panel[panel["year"].between(int(row["first_year"]), int(row["last_year"]))]
    spec = RegressionSpec(
        outcome=outcome or row["outcome"],
        treatment=tuple(row["treatment"].split(" + ")),
        controls=tuple(name for name in row["controls"].split(" + ") if name),
        unit_effects=row["unit_effects"] == "true",
        time_effects=row["time_effects"] == "true",
        vcov="clustered" if row["vcov"] == "clustered" else "conventional",
        cluster=row["cluster"] or None,
        constant="mean" if row["constant"] == "mean" else "base",
    )
    return fit(panel, spec)


def _truth(spec_id: str) -> pd.Series:
    """Shipped truth of one specification, by term."""
    truth = pd.read_csv(SHIPPED / "truth.csv")
    return truth[truth["spec_id"] == spec_id].set_index("term")["truth"]


# Calibration ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("study", "variable"), list(DESCRIPTIVES))
def test_moments_are_the_published_ones(
    panels: dict[str, pd.DataFrame],
    made: dict[str, generate.Simulation],
    study: str,
    variable: str,
) -> None:
    """Within 2 %; NQP within 0.5 %: the index of the files is the outcome that was planned."""
    frame = made[study].panel if variable == "bdpz" else panels[study]
    published = DESCRIPTIVES[study, variable]
    tolerance = 0.005 if variable == "nqp" else 0.02
    assert len(frame) == int(published["n_obs"])
    assert frame[variable].mean() == pytest.approx(float(published["mean"]), rel=tolerance)
    assert frame[variable].std() == pytest.approx(float(published["std_dev"]), rel=tolerance)


def test_pilot_shares_are_the_published_ones(made: dict[str, generate.Simulation]) -> None:
    assert made["city"].panel["bdpz"].sum() == 67 * 7
    assert made["province"].panel["bdpz"].sum() == 9 * 7
    assert round(made["city"].panel["bdpz"].mean(), 4) == 0.1835
    assert round(made["province"].panel["bdpz"].mean(), 4) == 0.2045


def test_values_are_plausible(panels: dict[str, pd.DataFrame]) -> None:
    city, province = panels["city"], panels["province"]
    for frame, shares in (
        (city, ["sci_edu_share", "Gov", "Com"]),
        (province, ["science_share", "env_share", "solid_waste_rate", "Con", "primary_share",
                    "secondary_share", "tertiary_share", "Er"]),
    ):  # fmt: skip
        assert (frame[shares] > 0).all(axis=None)
        assert (frame[shares] < 1).all(axis=None)
    assert (city["Fin"] > 0).all()
    assert (city["Str"] > 0).all()
    assert city["wastewater_rate"].between(0, 100).all()
    assert province["waste_rate"].between(0, 100).all()
    assert (province[["Tin", "Fin", "Infra", "Ide", "Pati"]] > 0).all(axis=None)
    assert (city["nqp"] > 0).all() and (province["nqp"] > 0).all()


def test_correlations_look_like_the_real_thing(
    panels: dict[str, pd.DataFrame], made: dict[str, generate.Simulation]
) -> None:
    city = panels["city"].merge(made["city"].panel[["region_code", "year", "city_tier"]])
    tier = city.groupby("city_tier")["nqp"].mean()
    assert tier["key"] > 3 * tier["ordinary"]
    assert city["nqp"].corr(city["LnGDP"]) > 0.3
    for study in STUDIES:
        by_year = panels[study].groupby("year")["nqp"].mean()
        assert by_year.iloc[-1] > 1.1 * by_year.iloc[0]
    energy = city.groupby("year")["energy_intensity"].mean()
    assert energy.iloc[-1] < 0.8 * energy.iloc[0]


def test_panel_is_derived_as_the_definitions_say(
    panels: dict[str, pd.DataFrame], made: dict[str, generate.Simulation]
) -> None:
    for study in STUDIES:
        own, theirs = panels[study], made[study].panel
        pd.testing.assert_frame_equal(own[["region_code", "year"]], theirs[["region_code", "year"]])
        shared = [name for name in own if name in theirs and name != "region_code"]
        assert "nqp" in shared
        np.testing.assert_allclose(own[shared], theirs[shared].astype(float), rtol=1e-12)


# Truth ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec_id", list(SPECS))
def test_noise_free_outcome_gives_the_truth(
    made: dict[str, generate.Simulation], spec_id: str
) -> None:
    row, truth = SPECS[spec_id], _truth(spec_id)
    panel = made[row["study"]].panel
    found = _fit(panel, spec_id, f"{row['outcome']}_signal").coefficients.set_index("term")
    assert list(truth.index) == [term for term in found.index if term != "_cons"]
    gap = (found["estimate"].reindex(truth.index) - truth).abs()
    # Of the coefficient, or of what a standard deviation of the regressor would be worth.
    scale = panel[f"{row['outcome']}_signal"].std() / panel[list(truth.index)].std()
    assert (gap <= 1e-8 * np.maximum(truth.abs(), 1e-2 * scale)).all()


@pytest.mark.parametrize("spec_id", list(SPECS))
def test_truth_lies_within_two_standard_errors(
    made: dict[str, generate.Simulation], spec_id: str
) -> None:
    truth = _truth(spec_id)
    found = _fit(made[SPECS[spec_id]["study"]].panel, spec_id).coefficients.set_index("term")
    tested = [term for term in truth.index if term in MEDIATORS]
    assert tested
    distance = (found["estimate"] - truth) / found["std_error"]
    assert (distance[tested].abs() < 2).all(), distance[tested]


@pytest.mark.parametrize(
    ("spec_id", "term"), [key for model in models.MODELS.values() for key in model.targets]
)
def test_truth_is_the_planted_coefficient(spec_id: str, term: str) -> None:
    """Figures are rounded when printed and gaps are interpolated, so regressors shift a little."""
    study = spec_id.split(".")[0]
    planted = models.MODELS[study].targets[spec_id, term]
    # Controls carry gaps and small coefficients; what the papers are about does not.
    tolerance = 0.03 if term in MEDIATORS else 0.30
    assert _truth(spec_id)[term] == pytest.approx(planted, rel=tolerance)


def test_estimates_resemble_the_published_ones(made: dict[str, generate.Simulation]) -> None:
    """Same sign, order of magnitude of estimates and standard errors, fit of the baselines."""
    published = {(row["spec_id"], row["term"]): row for row in _rows("published_coefficients")}
    for spec_id, row in SPECS.items():
        table = _fit(made[row["study"]].panel, spec_id).coefficients.set_index("term")
        estimates, errors = dict(table["estimate"]), dict(table["std_error"])
        for term in row["treatment"].split(" + "):
            printed = published[spec_id, term]
            # Pati's slope is printed as 0.0000; the other columns imply it.
            target, error = float(printed["estimate"]) or 7.05e-6, float(printed["std_error"])
            assert 1 / 3 < estimates[term] / target < 3, (spec_id, term)
            # One treated province among six: nobody's standard error is worth imitating.
            if error and spec_id != "province.t6.c2":
                assert 1 / 3 < errors[term] / error < 3, (spec_id, term)
    assert _fit(made["city"].panel, "city.t3.c4").r2 == pytest.approx(0.978, abs=0.01)
    assert _fit(made["province"].panel, "province.t3.c4").r2 == pytest.approx(0.96, abs=0.01)


@pytest.mark.parametrize("study", STUDIES)
def test_effects_grow_and_nothing_precedes_the_policy(
    made: dict[str, generate.Simulation], study: str
) -> None:
    panel = made[study].panel
    base = Spec.of(pd.Series(SPECS[f"{study}.t3.c4"]))
    treated = panel.groupby("region_code")["bdpz"].transform("max")
    years = [year for year in sorted(panel["year"].unique()) if year != 2015]
    events = {f"in_{year}": treated * (panel["year"] == year) for year in years}
    spec = replace(base, treatment=tuple(events))
    effects = list(
        calibrate.dummies_least_squares(
            panel.assign(**events), spec, panel["nqp_signal"].to_numpy()
        )
    )[: len(years)]
    leads = [effect for year, effect in zip(years, effects, strict=True) if year < 2015]
    after = [effect for year, effect in zip(years, effects, strict=True) if year > 2015]
    baseline = models.MODELS[study].targets[f"{study}.t3.c4", "bdpz"]
    assert max(map(abs, leads)) < 0.02 * baseline
    assert after == sorted(after)
    assert after[0] > 0


# Series and files -----------------------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_every_series_is_complete_but_for_gaps_inside(
    made: dict[str, generate.Simulation], study: str
) -> None:
    series = made[study].series
    needed = set()
    for row in _of(study, "indicators") + _of(study, "variables"):
        needed |= set(row["numerator"].split(" + ")) | {row["denominator"]}
    needed -= {""}
    assert set(series["series_id"]) == needed | {"primary_va"}
    sample = made[study].panel[["region_code", "year"]]
    first, last = sample["year"].min(), sample["year"].max()
    gappy = 0
    for series_id, frame in series.groupby("series_id"):
        missing = sample.merge(frame, how="left").query("value.isna()")
        assert missing["year"].between(first + 1, last - 1).all(), series_id
        share = len(missing) / len(sample)
        assert share <= 0.01
        assert not (series_id == "gdp" and share)
        gappy += share > 0
    assert gappy >= 10


@pytest.mark.parametrize("study", STUDIES)
def test_sectors_add_up_to_gdp(made: dict[str, generate.Simulation], study: str) -> None:
    wide = made[study].series.pivot(
        index=["region_code", "year"], columns="series_id", values="value"
    )
    total = wide["primary_va"] + wide["secondary_va"] + wide["tertiary_va"]
    # The last digit printed is 1e-4 (100 million yuan).
    assert (total - wide["gdp"]).abs().max() < 1e-8


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_writing_again_gives_the_shipped_cells(written: Path) -> None:
    # Texts that are accepted on record are written by hand.
    assert _files(written) == [f for f in _files(SHIPPED) if f != "accepted_texts.csv"]
    first, again = (pd.read_csv(path / "manifest.csv", dtype=str) for path in (SHIPPED, written))
    # Not the checksums: another version of zlib packs a workbook into other bytes.
    pd.testing.assert_frame_equal(again.drop(columns="sha256"), first.drop(columns="sha256"))
    pd.testing.assert_frame_equal(
        pd.read_csv(written / "truth.csv"), pd.read_csv(SHIPPED / "truth.csv"), rtol=1e-9
    )
    manifest = read_manifest(SHIPPED / "manifest.csv")
    for file, encoding in manifest[["file", "encoding"]].drop_duplicates().to_numpy():
        shipped = list(read_cells(SHIPPED / file, encoding))
        assert list(read_cells(written / file, encoding)) == shipped, file


def test_another_seed_gives_other_cells() -> None:
    first = calibrate.stream(1, "city", "Fin", "unit").standard_normal(3)
    np.testing.assert_array_equal(
        first, calibrate.stream(1, "city", "Fin", "unit").standard_normal(3)
    )
    for other in (
        calibrate.stream(2, "city", "Fin", "unit"),
        calibrate.stream(1, "city", "Str", "unit"),
    ):
        assert not np.any(first == other.standard_normal(3))


def test_files_are_small_and_say_that_they_are_simulated(written: Path) -> None:
    manifest = read_manifest(written / "manifest.csv")
    header = (written / "manifest.csv").read_text(encoding="utf-8").split("\n", 1)[0]
    assert header.split(",") == [*sources.COLUMNS, "sha256"]
    assert manifest["note"].str.contains("模拟数据").all()
    for file, encoding in manifest[["file", "encoding"]].drop_duplicates().to_numpy():
        assert (written / file).stat().st_size < 2**20
        if file.endswith(".dta"):
            with pd.read_stata(written / file, iterator=True) as reader:
                assert "模拟数据" in reader.data_label
        else:
            assert any("模拟数据" in cell.text for cell in read_cells(written / file, encoding))


def test_shapes_are_those_of_the_sources(written: Path) -> None:
    layouts = set(read_manifest(written / "manifest.csv")["layout"])
    assert layouts == {row["layout"] for row in _rows("layouts")} - {"one_year"}
    old = (written / "province" / "分省年度数据.csv").read_bytes()
    head = old.decode("gb18030").split("\r\n")
    assert head[:3] == [
        "数据库：分省年度数据", "指标：地区生产总值(亿元)", "时间：2012年-2022年",
    ]  # fmt: skip
    assert head[3].startswith("地区,2022年,2021年,")
    new = (written / "province" / "分省年度数据_1.csv").read_bytes()
    assert new.startswith(b"\xef\xbb\xbf")
    assert new.decode("utf-8-sig").split("\r\n")[2].startswith("地区\t,2022年\t,2021年\t,")
    index = pd.read_stata(written / "city" / "PKU_DFIIC_city.dta")
    assert index["pref_code_year18"].dtype == float
    assert index["pref_code_year18"].between(1100, 6599).all()


def test_cells_carry_every_disfigurement(written: Path) -> None:
    manifest = read_manifest(written / "manifest.csv")
    texts = [
        cell.text
        for file, encoding in manifest[["file", "encoding"]].drop_duplicates().to_numpy()
        for cell in read_cells(written / file, encoding)
    ]
    for pattern in (r"[０-９．]+", r"[\d.]+①", r"[\d.]+\*", r"[\d.]+\[1\]", r"\d{1,3}(,\d{3})+.*",
                    "—", "…"):  # fmt: skip
        assert sum(bool(re.fullmatch(pattern, text)) for text in texts) >= 5, pattern


def _number(text: str) -> float:
    """A printed figure as a number; NaN for blanks and missing marks."""
    if text in ("", "—", "…"):
        return np.nan
    bare = re.sub(r"(\[1\]|\*|①)$", "", text)
    return float(unicodedata.normalize("NFKC", bare).replace(",", ""))


def _read_back(folder: Path, file: str, rows: pd.DataFrame) -> pd.DataFrame:
    """series_id, label, year, text of one file, read by its layout."""
    first = rows.iloc[0]
    cells = pd.DataFrame(read_cells(folder / file, first["encoding"]))
    found = []
    for sheet, grid in cells.groupby("sheet"):
        if first["sheet"] and not fnmatch.fnmatchcase(str(sheet), first["sheet"]):
            continue
        table = grid.pivot(index="row_no", columns="col_no", values="text").fillna("")
        table = table.map(str.strip)
        header = (
            int(first["header"])
            if first["header"].isdigit()
            else int(table.index[(table == first["header"]).any(axis=1)][0])
        )
        head = table.loc[header]
        body = table.loc[header + 1 :]
        place = {name: column for column, name in head.items() if name}
        items = dict(zip(rows["item"], rows["series_id"], strict=True))
        if first["layout"] == "years_across":
            for year, column in place.items():
                if year != first["region_key"]:
                    found += [(first["series_id"], *line, year)
                              for line in zip(body[1], body[column], strict=True)]  # fmt: skip
        elif first["layout"] == "regions_across":
            names = body[1].replace("", None).ffill()
            for region, column in place.items():
                found += [(items.get(name), region, text, year) for name, text, year
                          in zip(names, body[column], body[2], strict=True)]  # fmt: skip
        else:
            years = (
                body[place[first["year_key"]]]
                if first["layout"] == "long_panel"
                else pd.Series(str(sheet), body.index)
            )
            for item, series_id in items.items():
                found += [(series_id, *line) for line in zip(
                    body[place[first["region_key"]]], body[place[item]], years, strict=True
                )]  # fmt: skip
    frame = pd.DataFrame(found, columns=["series_id", "label", "text", "year"])
    frame["year"] = frame["year"].str.extract(r"^(\d{4})年?$", expand=False)
    # Below the table stand notes, and below a yearbook's header the year, in place of a region.
    return frame[
        frame["series_id"].notna()
        & frame["year"].notna()
        & ~frame["label"].str.match("注|①|数据来源|$")
    ]


def _code_of(labels: pd.Series, level: str) -> pd.Series:
    codes: dict[str, str] = {}
    for row in _rows("regions"):
        if row["level"] == level:
            code = row["region_code"]
            codes |= dict.fromkeys((code, code[:4], row["name_zh"], row["short_zh"]), code)
    return labels.map(codes)


def test_files_hold_the_series(written: Path, made: dict[str, generate.Simulation]) -> None:
    """Read every file by its manifest rows: preferred sources equal the series, others nearly."""
    manifest = read_manifest(written / "manifest.csv")
    factor = {row["unit"]: float(row["factor"]) for row in _rows("units")}
    unit = {row["series_id"]: row["unit"] for row in _rows("series")}
    values = {simulation.level: simulation.series for simulation in made.values()}
    cells_a_series = {"city": 284 * 9, "province": 28 * 11}
    preferred = set()
    for file, rows in manifest.groupby("file"):
        level = str(rows["level"].iloc[0])
        cells = _read_back(written, str(file), rows)
        cells["region_code"] = _code_of(cells["label"], level)
        assert cells["region_code"].notna().all(), file
        cells["year"] = cells["year"].astype(int)
        for _, row in rows.iterrows():
            series_id = row["series_id"]
            frame = cells[cells["series_id"] == series_id]
            assert len(frame) == cells_a_series[level]
            known = values[level][values[level]["series_id"] == series_id]
            both = frame.merge(known, how="left", on=["region_code", "year"])
            read = both["text"].map(_number) * factor[row["unit"]] / factor[unit[series_id]]
            if row["priority"] == "1":
                np.testing.assert_allclose(read, both["value"], rtol=1e-12, err_msg=series_id)
                preferred.add((level, series_id))
            else:
                gap = (read / both["value"] - 1).abs().dropna()
                assert gap.max() <= 0.02
                assert 0 < (gap > 0.01).sum() < 0.05 * len(gap)
    assert preferred == {
        (level, series_id) for level in values for series_id in values[level]["series_id"].unique()
    }


# The arithmetic, by hand ----------------------------------------------------------------------


def test_entropy_weights_by_hand() -> None:
    """Two rows: an even column has entropy 1 and no weight, a column in one row has it all."""
    np.testing.assert_allclose(entropy_weights(np.array([[1.0, 1.0], [1.0, 0.0]])), [0.0, 1.0])
    x = np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 0.0]])
    divergence = 1 + (0.25 * np.log(0.25) + 0.75 * np.log(0.75)) / np.log(3)
    np.testing.assert_allclose(entropy_weights(x), np.array([divergence, 1]) / (divergence + 1))


def test_nearest_by_hand() -> None:
    """Mean 2 from (0, 0): evenly where units weigh alike, 1 to 4 where one yields twice as much."""
    condition = [(np.array([0.5, 0.5]), 2.0)]
    np.testing.assert_allclose(calibrate.nearest(np.zeros(2), condition, np.ones(2)), [2, 2])
    moved = calibrate.nearest(np.zeros(2), condition, np.array([1.0, 2.0]))
    np.testing.assert_allclose(moved, [0.8, 3.2])


@pytest.mark.parametrize("shape", ["normal", "lognormal", "logit"])
def test_match_moments_meets_both(shape: str) -> None:
    z = calibrate.stream(1, "test").standard_normal(500)
    x = calibrate.match_moments(z, shape, 0.3, 0.1)
    assert x.mean() == pytest.approx(0.3, rel=1e-10)
    assert x.std(ddof=1) == pytest.approx(0.1, rel=1e-10)
    assert (np.argsort(x) == np.argsort(z)).all()


def test_fit_index_meets_its_target() -> None:
    rng = calibrate.stream(1, "test")
    target = 0.1 + 0.5 * rng.random(60)
    draft = target[:, None] * np.exp(0.3 * rng.standard_normal((60, 4)))
    fitted = calibrate.fit_index(target, draft, np.array([True, True, True, True]))
    assert (fitted.min(axis=0) == 0).all() and (fitted.max(axis=0) == 1).all()
    np.testing.assert_allclose(fitted @ entropy_weights(fitted), target, atol=1e-11)


# Errors ---------------------------------------------------------------------------------------


def _project_with(folder: Path, table: str, old: str, new: str) -> Path:
    """A project with one cell of a list of study `city` changed."""
    for name in ("catalogue", "studies"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / "studies" / "city" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_a_series_that_nothing_simulates_is_named(tmp_path: Path) -> None:
    folder = _project_with(
        tmp_path / "project", "variables", ",retail_sales,gdp", ",retail_sales,trade_volume"
    )
    with pytest.raises(ValueError, match=r"trade_volume.*study city"):
        simulate.write(folder, tmp_path / "out")


def test_an_indicator_without_a_model_is_named(tmp_path: Path) -> None:
    folder = _project_with(tmp_path / "project", "indicators", "robots,", "drones,")
    with pytest.raises(ValueError, match=r"no Indicator models drones of study city"):
        simulate.write(folder, tmp_path / "out")


def test_an_unknown_study_is_named() -> None:
    with pytest.raises(ValueError, match="no simulation model for study 'county'"):
        simulate.panel("county", ROOT)


def test_a_target_out_of_reach_is_reported() -> None:
    """Fixed cells alone exceed the target of the second row."""
    draft = np.array([[0.0, 0.2], [1.0, 0.1], [0.0, 0.9], [0.9, 0.5]])
    with pytest.raises(simulate.CalibrationError, match="does not settle: row 1"):
        calibrate.fit_index(np.array([0.3, 0.05, 0.4, 0.6]), draft, np.array([False, True]))
