"""Definitions that make no sense are told by name, and those that ship are sound."""

from __future__ import annotations

import re
import shutil
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nqp.definitions import (
    SHAPES,
    DefinitionError,
    Problem,
    Selection,
    check,
    load,
    problems,
    read_list,
)
from nqp.definitions.folders import CATALOGUE, STUDY_FILES
from nqp.definitions.shapes import SQL_WORDS
from nqp.profiles import SHIPPED as PROFILES
from warehouse import ROOT, build

SHIPPED = load(Selection(ROOT, "simulated")).tables
# A line that no file has: where a test adds a row.
ADDED = 9999


def found_in(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    return problems(tables)


def names_of(name: str, frame: pd.DataFrame) -> list[str]:
    """What names each row: the columns of the list's first key, with spaces between."""
    keys = frame[SHAPES[name].keys[0].split()].to_numpy().tolist()
    return [" ".join(filter(None, key)) for key in keys]


@dataclass(frozen=True)
class Slip:
    """One row of the shipped seeds edited, and the one problem that must come of it.

    row: what names the edited row. change: its cells. copied: edit a copy put at the end instead.
    column, found, nearest: of the problem; found is by default what the edit put there.
    at: seed and name of the row that has the problem, where it is not the edited one.
    says: a piece of the message.
    """

    truth: str
    seed: str
    row: str
    change: Mapping[str, str]
    column: str
    says: str
    found: str | None = None
    nearest: str = ""
    copied: bool = False
    at: tuple[str, str] | None = None

    @property
    def place(self) -> int:
        """Index of the row that is edited or copied."""
        return names_of(self.seed, SHIPPED[self.seed]).index(self.row)

    @property
    def line(self) -> int:
        """Line of the row in its file."""
        return ADDED if self.copied else int(SHIPPED[self.seed]["line"][self.place])

    def edited(self) -> dict[str, pd.DataFrame]:
        frame = SHIPPED[self.seed]
        row = frame.loc[[self.place]].assign(**self.change, line=str(self.line))
        before, after = frame.loc[: self.place - 1], frame.loc[self.place + 1 :]
        parts = [frame, row] if self.copied else [before, row, after]
        return SHIPPED | {self.seed: pd.concat(parts, ignore_index=True)}


SPEC = "city.t3.c3"
ORDOS = "bdpz paper city 150600"

SLIPS = [
    # definitions of variables
    Slip("an unknown series above the line", "indicators", "city robots",
         {"numerator": "robot_dnsity"}, "numerator", "a series of series.csv",
         nearest="robot_density"),
    Slip("an unknown series below the line", "variables", "city Gov",
         {"denominator": "GDP"}, "denominator", "a series of series.csv", nearest="gdp"),
    Slip("an unknown series with a source", "variables", "city_public Fin",
         {"denominator": "gpd@city_finance"}, "denominator", "a series", found="gpd",
         nearest="gdp"),
    Slip("two signs in a row", "variables", "province Fin", {"numerator": "deposits ++ loans"},
         "numerator", "Remove the '+' too many"),
    Slip("a sign at the end", "variables", "province Fin", {"numerator": "deposits + "},
         "numerator", "Remove the '+' too many"),
    Slip("a difference", "variables", "province Fin", {"numerator": "deposits -loans"},
         "numerator", "nothing else is read"),
    Slip("a quotient in one cell", "variables", "city Gov",
         {"numerator": "fiscal_expenditure / gdp"}, "numerator", "For a ratio fill"),
    Slip("a source that is not named", "variables", "city Gov", {"denominator": "gdp@"},
         "denominator", "series@source"),
    Slip("nine series", "variables", "province Fin",
         {"numerator": "deposits + loans + gdp + primary_va + secondary_va + tertiary_va + "
          "env_expenditure + trade_volume + retail_sales"},
         "numerator", "at most 8 series", found="9 series"),
    Slip("a series named twice", "variables", "province Fin", {"numerator": "loans + loans"},
         "numerator", "each series once", found="loans"),
    Slip("a series named with and without its source", "variables", "province Fin",
         {"numerator": "loans + loans@a"}, "numerator", "each series once", found="loans"),
    Slip("the same above and below the line", "variables", "province Fin",
         {"numerator": "loans + gdp", "denominator": "gdp + loans"}, "denominator",
         "1 everywhere", found="gdp + loans"),
    Slip("two units of one dimension", "series", "ecommerce_sales", {"unit": "10k_yuan"},
         "denominator", "a power of ten", found="ecommerce_sales in 10k_yuan, gdp in 100m_yuan",
         at=("indicators", "province ecommerce_share")),
    Slip("an alias that is another city's name", "region_aliases", "city 襄樊",
         {"alias": "淮 南市"}, "alias", "gives it to 340400", copied=True),
    Slip("a possible range upside down", "series", "gdp", {"lowest": "500000", "highest": "1"},
         "highest", "a number above 500000", found="1"),
    Slip("a bound that is no number", "series", "gdp", {"highest": "a lot"}, "highest",
         "a number"),
    # identities
    Slip("an unknown part", "identities", "sectors_make_gdp",
         {"left_side": "primary_va + secundary_va + tertiary_va"}, "left_side",
         "a series of series.csv", found="secundary_va", nearest="secondary_va"),
    Slip("an unknown total", "identities", "sectors_make_gdp", {"right_side": "GDP"}, "right_side",
         "a series of series.csv", nearest="gdp"),
    Slip("a part that is also the total", "identities", "sectors_make_gdp",
         {"left_side": "primary_va + gdp"}, "right_side", "not on the left", found="gdp"),
    Slip("an identity between amounts of two kinds", "identities", "teachers_within_students",
         {"right_side": "gdp"}, "right_side", "one dimension",
         found="hei_teachers in person, gdp in 100m_yuan"),
    Slip("an identity that no source is asked for", "identities", "teachers_within_students",
         {"left_side": "hei_teachers@a", "right_side": "hei_students@b"}, "left_side",
         "a series without a source", found="hei_teachers@a"),
    Slip("an unknown relation", "identities", "sectors_make_gdp", {"relation": "=="}, "relation",
         "= or <=", nearest="="),
    Slip("a negative tolerance", "identities", "sectors_make_gdp", {"tolerance": "-0.1"},
         "tolerance", "a number from 0"),
    Slip("a level that does not exist", "identities", "sectors_make_gdp", {"level": "both"},
         "level", "* or a level with regions"),
    Slip("an identity twice", "identities", "sectors_make_gdp", {}, "identity_id",
         "line 2 is the same", found="sectors_make_gdp", copied=True),
    Slip("an unknown transform", "variables", "city LnGDP", {"transform": "log"}, "transform",
         "level or ln or ln1p"),
    Slip("an unknown sign", "indicators", "city robots", {"sign": "+"}, "sign", "1 or -1"),
    Slip("an unknown role", "variables", "city Fin", {"role": "controls"}, "role", "control",
         nearest="control"),
    Slip("a scale of zero", "variables", "city Fin", {"scale": "0"}, "scale", "other than 0"),
    Slip("a scale that is no number", "variables", "city Fin", {"scale": "10,000"}, "scale",
         "a number"),
    Slip("an infinite scale", "variables", "city Fin", {"scale": "inf"}, "scale", "a number"),
    Slip("a blank where a value is needed", "variables", "city Fin", {"numerator": ""},
         "numerator", "Fill the cell"),
    Slip("a definition twice", "variables", "city Fin", {}, "variable_id",
         "line 5 is the same", found="city Fin", copied=True),
    Slip("a position twice", "indicators", "city robots", {"position": "1"},
         "position", "line 2 is the same", found="city 1"),
    Slip("an id with a space", "variables", "city Index", {"variable_id": "the Index"},
         "variable_id", "a name for a column", copied=True),
    Slip("an id that is a word of SQL", "variables", "city Index", {"variable_id": "Order"},
         "variable_id", "no word of SQL", copied=True),
    Slip("an id that closes a quotation", "variables", "city Index",
         {"variable_id": "x'; drop table y; --"}, "variable_id", "a name", copied=True),
    Slip("an id of the panel's own columns", "variables", "city Index", {"variable_id": "Year"},
         "variable_id", "the panel's own columns", copied=True),
    Slip("an id of the estimators' own columns", "variables", "city Index",
         {"variable_id": "ever_treated"}, "variable_id", "own columns", copied=True),
    Slip("the index as an id", "variables", "city Index", {"variable_id": "nqp"}, "index_id",
         "Give the index another id", found="nqp", copied=True, at=("studies", "city")),
    Slip("an id of an event dummy", "variables", "city Index", {"variable_id": "rel_m1"},
         "variable_id", "a name", copied=True),
    Slip("a policy as an id", "variables", "city Index", {"variable_id": "bdpz"}, "variable_id",
         "not that of a policy", copied=True),
    Slip("an id of a variable and an indicator", "variables", "city Index",
         {"variable_id": "robots"}, "variable_id", "no indicator of study city", copied=True),
    Slip("two spellings of one column", "variables", "city Index", {"variable_id": "lngdp"},
         "variable_id", "the spelling 'LnGDP'", copied=True),
    Slip("an unknown study", "indicators", "city robots", {"study": "ctiy"}, "study",
         "a study of studies.csv", nearest="city"),
    # series and units
    Slip("a series in an unknown unit", "series", "robot_density", {"unit": "per_10k_worker"},
         "unit", "a unit of units.csv", nearest="per_10k_workers"),
    Slip("a series that cannot be named", "series", "gdp", {"series_id": "gdp+"}, "series_id",
         "letters, digits", copied=True),
    Slip("an unknown rule for gaps", "series", "gdp", {"gap_rule": "cubic"}, "gap_rule",
         "linear or none"),
    Slip("a unit of factor zero", "units", "ratio", {"factor": "0"}, "factor", "above 0"),
    Slip("a unit twice", "units", "ratio", {"factor": "100"}, "unit", "is the same",
         found="ratio", copied=True),
    # studies
    Slip("an unknown level", "studies", "city_public_raw", {"level": "town"}, "level",
         "a level with regions: city, province, us_state"),
    Slip("an unknown roster", "studies", "city_public_raw", {"roster": "city_248"}, "roster",
         "units of level city", nearest="city_284"),
    Slip("a roster of the other level", "studies", "city_public_raw", {"roster": "province_28"},
         "roster", "units of level city"),
    Slip("years the wrong way round", "studies", "city_public_raw", {"last_year": "2013"},
         "last_year", "from 2014"),
    Slip("years the wrong way round that specifications rely on", "studies", "city_public",
         {"last_year": "2013"}, "last_year", "from 2014"),
    Slip("a year that is none", "studies", "city_public_raw", {"last_year": "20222"},
         "last_year", "from 1949 to 2050"),
    Slip("an unknown variant", "studies", "city_public_raw", {"policy_variant": "papers"},
         "policy_variant", "a variant of bdpz", nearest="paper"),
    Slip("a variant without units of the level", "studies", "province_public",
         {"policy_variant": "strict"}, "policy_variant", "units of level province"),
    Slip("an unknown coding rule", "studies", "city_public_raw", {"coding_rule": "approval"},
         "coding_rule", "half_year", nearest="approval_year"),
    Slip("an unknown profile", "studies", "city_public_raw", {"profiles": "pubic"}, "profiles",
         "data profiles, simulated", nearest="public"),
    Slip("indicators pulled in by half", "studies", "province_public_winsorised",
         {"winsorise_indicators": "0.5"}, "winsorise_indicators", "below 0.5"),
    Slip("a level above that is not there", "studies", "province",
         {"assigned_at": "country"}, "assigned_at", "its regions name none"),
    Slip("an id of another study", "mediation_specs", "city.m.Index", {"mediation_id": "m.Index"},
         "mediation_id", "an id that begins with city."),
    Slip("a study without definitions", "studies", "city", {"study": "new", "index_id": ""},
         "study",
         "indicators.csv or variables.csv", copied=True),
    # policies and groupings
    Slip("a treated unit that is no region", "policies", ORDOS, {"region_code": "150601"},
         "region_code", "a region_code of regions.csv with level city", nearest="150600",
         copied=True),
    Slip("a treated unit twice", "policies", ORDOS, {"date": "2016-02-25"},
         "policy and variant and level and region_code", "is the same",
         found="bdpz paper city 150600", copied=True),
    Slip("a day that is none", "policies", ORDOS, {"date": "2016-13-08"}, "date",
         "a day like 2016-10-08"),
    Slip("a day of another century", "policies", ORDOS, {"date": "1916-10-08"}, "date",
         "from 1949"),
    Slip("a variant misspelt in one row", "policies", ORDOS, {"variant": "papr"}, "variant",
         "nearly called so", nearest="paper"),
    Slip("a policy that is no column's name", "policies", ORDOS, {"policy": "data zones"},
         "policy", "a name for a column", copied=True),
    Slip("a member that is no region", "groupings", "city_tier city 110000",
         {"region_code": "119999"}, "region_code", "a region_code of regions.csv", copied=True),
    Slip("a member of no group", "groupings", "city_tier city 110000", {"group_id": "keys"},
         "group_id", "a group_id of grouping_labels.csv with grouping city_tier", nearest="key"),
    Slip("a group without members", "grouping_labels", "city_tier key", {"group_id": "third"},
         "group_id", "a group_id of groupings.csv", copied=True),
    Slip("a member twice", "groupings", "municipality city 110000", {"group_id": "other"},
         "grouping and level and region_code", "is the same", found="municipality city 110000",
         copied=True),
    Slip("an alias of no region", "region_aliases", "province Hebei Province",
         {"region_code": ""}, "region_code", "set kind to aggregate"),
    Slip("a total that is a region", "region_aliases", "province Hebei Province",
         {"kind": "aggregate"}, "region_code", "a total is no region", found="130000"),
    Slip("a region of no province", "regions", "city 150600", {"province_code": "999999"},
         "province_code", "a region_code of regions.csv"),
    # specifications
    Slip("an outcome that is not defined", "regression_specs", SPEC, {"outcome": "npq"},
         "outcome", "a variable, indicator or policy of study city", nearest="nqp"),
    Slip("a control in another case", "regression_specs", SPEC, {"controls": "lngdp + Fin"},
         "controls", "of study city", found="lngdp", nearest="LnGDP"),
    Slip("an index where there is none", "regression_specs", "city_public.t3.c1",
         {"outcome": "nqp"}, "outcome", "of study city_public"),
    Slip("a treatment that is not defined", "regression_specs", SPEC, {"treatment": "bdzp"},
         "treatment", "policy of study city", nearest="bdpz"),
    Slip("a control of the other study", "regression_specs", SPEC,
         {"controls": "LnGDP + Tin"}, "controls", "of study city", found="Tin",
         nearest="Fin"),
    Slip("a control left out between signs", "regression_specs", SPEC,
         {"controls": "LnGDP + + Fin"}, "controls", "Remove the '+'"),
    Slip("the outcome among the controls", "regression_specs", "city_public.t3.c2",
         {"controls": "Str + Index"}, "controls", "not the outcome", found="Index"),
    Slip("the treatment among the controls", "regression_specs", SPEC,
         {"controls": "LnGDP + bdpz"}, "controls", "not the treatment", found="bdpz"),
    Slip("a control twice", "regression_specs", SPEC, {"controls": "LnGDP + Fin + LnGDP"},
         "controls", "each variable once", found="LnGDP"),
    Slip("an unknown kind of errors", "regression_specs", SPEC, {"vcov": "robust"}, "vcov",
         "clustered or conventional"),
    Slip("unknown clusters", "regression_specs", SPEC, {"cluster": "province"}, "cluster",
         "province_code", nearest="province_code"),
    Slip("clustered errors without clusters", "regression_specs", SPEC, {"cluster": ""},
         "cluster", "Name the clusters"),
    Slip("conventional errors with clusters", "regression_specs", "province.t3.c4",
         {"cluster": "region_code"}, "cluster", "conventional errors have no clusters"),
    Slip("an unknown grouping", "regression_specs", "city_public.t6.c4",
         {"grouping": "resource"}, "grouping", "a grouping of level city",
         nearest="resource_based"),
    Slip("an unknown group", "regression_specs", "city_public.t3.c1",
         {"grouping": "city_tier", "group_id": "keys"}, "group_id", "key, ordinary",
         nearest="key"),
    Slip("a grouping without its group", "regression_specs", "city_public.t3.c1",
         {"grouping": "city_tier"}, "group_id", "a group of city_tier", found=""),
    Slip("a group without its grouping", "regression_specs", "city_public.t3.c1",
         {"group_id": "key"}, "grouping", "the grouping of the group", found=""),
    Slip("a window after the study", "regression_specs", "city.t4.c4", {"first_year": "2023"},
         "first_year", "up to 2022"),
    Slip("a window that ends before the study", "regression_specs", "city.t4.c4",
         {"first_year": "2011", "last_year": "2012"}, "last_year", "2014 to 2022"),
    Slip("a window the wrong way round", "regression_specs", "city.t4.c4",
         {"first_year": "2020"}, "last_year", "from 2020", found="2019"),
    Slip("tails of more than half", "regression_specs", "city.t4.c3", {"winsor_lower": "0.99"},
         "winsor_lower", "below 0.5"),
    Slip("an upper tail below the middle", "regression_specs", "city.t4.c3",
         {"winsor_upper": "0.01"}, "winsor_upper", "above 0.5"),
    Slip("percentiles by year of nothing", "regression_specs", SPEC, {"winsor_by": "year"},
         "winsor_by", "nothing is winsorised"),
    Slip("a unit alone, but none was assigned alone", "studies", "province",
         {"alone_units": "own_cluster"}, "alone_units", "no unit of the study was assigned alone"),
    Slip("a way of grouping that there is not", "studies", "city", {"alone_units": "alone"},
         "alone_units", "own_cluster or with_region"),
    Slip("an assignment neither alone nor not", "policies", ORDOS, {"assigned_alone": "yes"},
         "assigned_alone", "true or false"),
    Slip("strata that do not exist", "regression_specs", SPEC, {"strata": "nbs_regions"},
         "strata", "a grouping of level city", nearest="nbs_region"),
    Slip("strata that tear regions of the assignment apart", "regression_specs", SPEC,
         {"strata": "city_tier"}, "strata", "a grouping that tears no province apart"),
    Slip("every assignment, but not by yes or no", "regression_specs", SPEC,
         {"enumerate": "all"}, "enumerate", "true or false"),
    Slip("a matching that does not exist", "regression_specs", "city.t4.c1",
         {"matching": "city.nearst"}, "matching", "a matching_id of matching_specs.csv",
         nearest="city.nearest"),
    Slip("a matching of another study", "regression_specs", "city_public.t4.c1",
         {"matching": "city.nearest"}, "matching", "a matching of study city_public",
         nearest="city_public.nearest"),
    Slip("a published column that is not there", "regression_specs", "city_public.t3.c1",
         {"compares_with": "city.t5.c9"}, "compares_with", "published_fits", nearest="city.t5.c4"),
    Slip("a specification twice", "regression_specs", "city.t6.c4", {"column_number": "9"},
         "spec_id", "is the same", found="city.t6.c4", copied=True),
    Slip("a column of a table twice", "regression_specs", "city.t6.c4", {"spec_id": "city.t6.c9"},
         "table_number and column_number", "is the same", found="city 6 4", copied=True),
    # matchings, event studies, placebos
    Slip("a covariate that is not defined", "matching_specs", "city.kernel",
         {"covariates": "LnGDP + Finn"}, "covariates", "of study city", found="Finn",
         nearest="Fin"),
    Slip("a covariate twice", "matching_specs", "city.kernel", {"covariates": "Fin + Fin"},
         "covariates", "each covariate once", found="Fin"),
    Slip("the policy as a covariate", "matching_specs", "city.kernel",
         {"covariates": "LnGDP + bdpz"}, "covariates", "a variable", found="bdpz"),
    Slip("a caliper of a kernel", "matching_specs", "city.kernel", {"caliper": "0.05"},
         "caliper", "the bandwidth"),
    Slip("no neighbours", "matching_specs", "city.nearest", {"neighbours": "0"}, "neighbours",
         "from 1"),
    Slip("a base that does not exist", "event_study_specs", "city.es.m1",
         {"base_spec": "city.t3.c5"}, "base_spec", "regression_specs", nearest="city.t3.c4"),
    Slip("a base of another study", "event_study_specs", "city.es.m1",
         {"base_spec": "province.t3.c4"}, "base_spec", "a specification of study city"),
    Slip("a base with two treatments", "event_study_specs", "city.es.m1",
         {"base_spec": "city.t5.c2"}, "base_spec", "as its only treatment"),
    Slip("a reference outside the years", "event_study_specs", "city.es.2016",
         {"reference": "2013"}, "reference", "2014 to 2022"),
    Slip("a calendar year as a relative one", "event_study_specs", "city.es.2016",
         {"reference_kind": "relative"}, "reference", "the kind calendar", found="2016"),
    Slip("a relative year as a calendar one", "event_study_specs", "city.es.m1",
         {"reference_kind": "calendar"}, "reference", "the kind relative", found="-1"),
    Slip("as many drawn as there are units", "placebo_specs", "city.pb.120",
         {"n_treated": "284"}, "n_treated", "fewer than 284"),
    Slip("as many drawn as the group has units", "placebo_specs", "city.pb.120",
         {"base_spec": "city.t6.c1"}, "n_treated", "the units of city.t6.c1", found="120"),
    Slip("draws of a placebo in time", "placebo_specs", "city.pb.2015", {"draws": "500"}, "draws",
         "a placebo in time has no draws"),
    Slip("a year of a placebo in space", "placebo_specs", "city.pb.67", {"pseudo_year": "2015"},
         "pseudo_year", "a placebo in space has no pseudo_year"),
    Slip("a placebo without its number of draws", "placebo_specs", "city.pb.120", {"draws": ""},
         "draws", "a placebo in space"),
    Slip("every assignment of a placebo in time", "placebo_specs", "city.pb.2015",
         {"enumerate": "true"}, "enumerate", "nothing for a placebo in time"),
    Slip("a pseudo-year after the policy", "placebo_specs", "city.pb.2015",
         {"pseudo_year": "2017"}, "pseudo_year", "before 2016"),
    Slip("an unknown kind of placebo", "placebo_specs", "city.pb.2015", {"kind": "years"},
         "kind", "space or time"),
    # mediations and comparisons
    Slip("a mediator that is not defined", "mediation_specs", "city.m.Index",
         {"mediator": "Indx"}, "mediator", "of study city", nearest="Index"),
    Slip("a step of another study", "mediation_specs", "city.m.Index",
         {"total_spec": "province.t3.c4"}, "total_spec", "a specification of study city"),
    Slip("a step on another mediator", "mediation_specs", "city.m.Index",
         {"mediator_spec": "city.t5.c3"}, "mediator_spec", "a specification of Index on bdpz"),
    Slip("a last step without the mediator", "mediation_specs", "city.m.Index",
         {"outcome_spec": "city.t3.c4"}, "outcome_spec", "of nqp on bdpz + Index"),
    Slip("a step on another sample", "mediation_specs", "city.m.Index",
         {"total_spec": "city.t4.c4"}, "total_spec", "They differ in first_year, last_year",
         found="city.t4.c4, city.t5.c1, city.t5.c2"),
    Slip("a column compared with itself", "heterogeneity_specs", "city.h.tier",
         {"spec_b": "city.t6.c1"}, "spec_b", "another column than spec_a"),
    Slip("columns that share units", "heterogeneity_specs", "city.h.tier",
         {"spec_b": "city.t3.c4"}, "spec_b", "19 units are in both"),
    Slip("columns of two studies", "heterogeneity_specs", "city.h.tier",
         {"spec_b": "city_public.t6.c2"}, "spec_b", "of study city with bdpz"),
    # figures and tables
    Slip("a figure of no event study", "figure_specs", "city_event_study_m1",
         {"subject": "city.es.m2"}, "subject", "an event study of study city",
         nearest="city.es.m1"),
    Slip("a density of a placebo in time", "figure_specs", "city_placebo_density_67",
         {"subject": "city.pb.2015"}, "subject", "a placebo in space of study city",
         nearest="city.pb.120"),
    Slip("a figure of no variable", "figure_specs", "city_index_over_time",
         {"subject": "npq"}, "subject", "a variable of study city", nearest="nqp"),
    Slip("weights of no index", "figure_specs", "city_entropy_weights",
         {"study": "city_public"}, "subject", "an index of study city_public", found="nqp"),
    Slip("a figure whose name is a path", "figure_specs", "city_coefficients",
         {"figure_id": "../city"}, "figure_id", "files are named so"),
    Slip("a table without columns", "table_specs", "city_table5", {"table_number": "7"},
         "table_number", "regression_specs.csv"),
    Slip("a table of indicators that are not there", "table_specs", "city_public_table6",
         {"kind": "indicators"}, "kind", "has no indicators"),
    # the grammar of samples, effects and curves
    Slip("a lag of no variable", "variables", "city Gov",
         {"numerator": "lag(Fim, 1)", "denominator": ""}, "numerator",
         "made from series", found="Fim", nearest="Fin"),
    Slip("a lag of no years", "variables", "city Gov",
         {"numerator": "lag(Fin, 0)", "denominator": ""}, "numerator", "before(variable)"),
    Slip("a mean before the policy that is a ratio", "variables", "city Gov",
         {"numerator": "before(Fin)", "denominator": "gdp"}, "numerator", "no denominator"),
    Slip("a group that nobody is in", "regression_specs", SPEC,
         {"leave_out": "city_tier=kei"}, "leave_out", "written grouping=group",
         nearest="city_tier=key"),
    Slip("all units left out", "regression_specs", SPEC,
         {"leave_out": "city_tier=key + city_tier=ordinary"}, "leave_out",
         "groups that leave some units", found="city_tier=ordinary"),
    Slip("a year left out that the study has not", "regression_specs", SPEC,
         {"leave_out_years": "2015 + 2031"}, "leave_out_years", "a year of 2014 to 2022",
         found="2031"),
    Slip("a control by year that there is not", "regression_specs", SPEC,
         {"controls_by_year": "Finn"}, "controls_by_year", "a variable, indicator or policy",
         nearest="Fin"),
    Slip("trends of groups that there are not", "regression_specs", SPEC,
         {"group_trends": "nbs_regoin"}, "group_trends", "province_code or parent_code",
         nearest="nbs_region"),
    Slip("years of groups without effects of years", "regression_specs", SPEC,
         {"group_year_effects": "nbs_region", "time_effects": "false"}, "group_year_effects",
         "no effects of years"),
    Slip("the same clusters twice", "regression_specs", SPEC,
         {"second_cluster": "region_code"}, "second_cluster", "another column than cluster"),
    Slip("three kinds of clusters", "curve_specs", "castle_doctrine.curve",
         {"clusters": "region_code & year & province_code"}, "clusters", "joined by '&'"),
    Slip("another policy that there is not", "curve_specs", "castle_doctrine.curve",
         {"policies": "stand_your_ground"}, "policies", "a variable, indicator or policy"),
    Slip("a rule of a curve that there is not", "curve_specs", "castle_doctrine.curve",
         {"coding_rules": "folowing_year"}, "coding_rules", "approval_year or following_year",
         nearest="following_year"),
]  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_the_definitions_that_ship_make_sense(profile: str) -> None:
    loaded = load(Selection(ROOT, profile))
    check(loaded)
    assert loaded.left_out == () and loaded.built
    assert found_in(loaded.tables) == []


def test_the_profiles_a_study_may_ask_for_are_those_of_dbt() -> None:
    profiles = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    assert (*PROFILES, "own") == tuple(profiles["nqp"]["outputs"])


def test_lists_are_read_as_pandas_reads_them() -> None:
    files = [ROOT / "catalogue" / f"{name}.csv" for name in CATALOGUE]
    files += [path for name in STUDY_FILES for path in (ROOT / "studies").glob(f"*/{name}")]
    assert len(files) > 60
    for path in files:
        assert read_list(path).equals(pd.read_csv(path, dtype=str, keep_default_na=False)), path


def test_lists_have_the_columns_of_their_tables() -> None:
    """What the reader takes, the models show; what they show, it takes."""
    shown = {}
    for file in (ROOT / "models").glob("*/*.yml"):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            shown[model["name"]] = {column["name"] for column in model.get("columns", [])}
    for name, shape in SHAPES.items():
        assert shown[name] == {"study", *shape.columns}, name


# Texts that some reader takes for a number, a day or a truth value.
DOUBTFUL = (
    "1", "0", "-1", "+2", "2.0", "1e3", "2012.0", ".5", "5.", "0.05", "0.95", "1_000", "２", "٣",
    " 2 ", "1,5", "1%", "nan", "inf", "1e400", "0x10", "2016-10-08", "2016-10-08 00:00:00",
    "20161008", "2016-W40-6", "2016-1-8", "2016年10月8日", "true", "TRUE", "False", "yes", "t",
)  # fmt: skip


def test_what_a_typed_column_may_hold_dbt_can_load() -> None:
    """Else the load fails, with a message of the database's, on what the check let pass."""
    typed = []
    for file in sorted((ROOT / "models").glob("*/*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            typed += [
                (model["name"], column["name"], column["data_type"])
                for column in model.get("columns", [])
                if model["name"] in SHAPES and column["data_type"] != "varchar"
            ]
    assert len(typed) > 30
    with duckdb.connect() as connection:
        for name, column, kind in typed:
            rule = SHAPES[name].rules[column]
            for text in filter(rule.holds, (*DOUBTFUL, *SHIPPED[name][column])):
                if text:
                    connection.execute(f"select cast(? as {kind})", [text])


def test_a_scale_may_be_negative() -> None:
    frame = SHIPPED["variables"]
    # A lag or a mean before the policy has the scale of the variable that it is made from.
    frame = frame.assign(
        scale=frame["scale"].mask(~frame["numerator"].str.contains("(", regex=False), "-0.5")
    )
    assert found_in(SHIPPED | {"variables": frame}) == []


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.truth)
def test_a_slip_is_the_one_problem_found(slip: Slip) -> None:
    seeds = slip.edited()
    (problem,) = found_in(seeds)
    if slip.at is None:
        place = len(seeds[slip.seed]) - 1 if slip.copied else slip.place
        name = names_of(slip.seed, seeds[slip.seed])[place]
        assert (problem.list, problem.line, problem.id) == (slip.seed, slip.line, name)
    else:
        assert (problem.list, problem.id) == slip.at
    found = slip.change[slip.column] if slip.found is None else slip.found
    assert (problem.column, problem.found, problem.nearest) == (slip.column, found, slip.nearest)
    assert slip.says in str(problem)


# What more than one row says together ---------------------------------------------------------


def with_rows(**lists: list[dict[str, str]]) -> dict[str, pd.DataFrame]:
    """The shipped lists with rows added; what a row does not say is as in the first of study
    `city`, or of the catalogue. A study that is added has the variables of `city`."""
    tables = dict(SHIPPED)
    for name, rows in lists.items():
        frame = SHIPPED[name]
        usual = frame[frame["study"].isin(["city", ""])].iloc[0].to_dict()
        added = [usual | row | {"line": str(ADDED + number)} for number, row in enumerate(rows)]
        tables[name] = pd.concat([frame, pd.DataFrame(added)], ignore_index=True)
    for row in lists.get("studies", []):
        for name in ("variables", "indicators"):
            own = SHIPPED[name][SHIPPED[name]["study"] == "city"].assign(study=row["study"])
            tables[name] = pd.concat([tables[name], own], ignore_index=True)
    return tables


def treated(variant: str, dates: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of policies: cities by code, each with its date."""
    return [
        {"variant": variant, "level": "city", "region_code": code, "date": date}
        for code, date in dates.items()
    ]


def roster(codes: list[str]) -> dict[str, list[dict[str, str]]]:
    """A roster `few` of cities, with its label."""
    return {
        "groupings": [
            {"grouping": "few", "level": "city", "region_code": code, "group_id": "in"}
            for code in codes
        ],
        "grouping_labels": [{"grouping": "few", "group_id": "in"}],
    }


NEW = {"study": "new", "roster": "few", "policy_variant": "mine"}
FOUR = ["110000", "120000", "130100", "130200"]


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        ({"130300": "2016-10-08"}, "a variant that treats a unit of the roster few"),
        (dict.fromkeys(FOUR, "2016-10-08"), "All 4 units are treated from the same year"),
        ({"110000": "2014-01-01"}, "treatment begins in 2014"),
        ({"110000": "2023-01-01", "120000": "2010-05-05"}, "treatment begins in 2010, 2023"),
        (dict.fromkeys(FOUR, "2016-10-08") | {"130200": "2018-01-01"}, None),
        ({"110000": "2022-10-08"}, None),
    ],
)
def test_a_policy_treats_some_units_within_the_years(
    dates: dict[str, str], says: str | None
) -> None:
    seeds = with_rows(studies=[NEW], policies=treated("mine", dates), **roster(FOUR))
    found = found_in(seeds)
    assert [(p.list, p.id, p.column) for p in found] == [
        ("studies", "new", "policy_variant")
    ] * bool(says)
    assert not says or says in str(found[0])


@pytest.mark.parametrize(
    ("rule", "date", "sound"),
    [
        ("approval_year", "2022-10-08", True),
        ("half_year", "2022-06-30", True),
        ("half_year", "2022-07-01", False),
        ("following_year", "2022-01-01", False),
    ],
)
def test_years_of_treatment_follow_the_coding_rule(rule: str, date: str, sound: bool) -> None:
    seeds = with_rows(
        studies=[NEW | {"coding_rule": rule}],
        policies=treated("mine", {"110000": date}),
        **roster(FOUR),
    )
    assert (found_in(seeds) == []) is sound


def test_treated_units_outside_the_sample_are_named_once_per_roster() -> None:
    """Of a study's own policy; one of the catalogue is written for all studies."""
    rows = treated("mine", {"110000": "2016-01-01", "340100": "2016-01-01"})
    for own in ("new", ""):
        seeds = with_rows(
            studies=[NEW], policies=[row | {"study": own} for row in rows], **roster(FOUR)
        )
        found = found_in(seeds)
        assert len(found) == bool(own)
        if own:
            assert found[0].found == "340100 合肥市 Hefei"
            assert found[0].expected == "a unit of few, the sample of new"
            assert "drop the row from the variant mine" in found[0].advice


def test_only_the_policy_of_the_study_is_drawn_again() -> None:
    spec = {"spec_id": "city.new", "column_number": "9", "treatment": "Fin", "controls": "",
            "grouping": "", "group_id": "", "strata": "nbs_region",
            "enumerate": "true"}  # fmt: skip
    found = found_in(with_rows(regression_specs=[spec]))
    assert [problem.column for problem in found] == ["enumerate", "strata"]
    assert {problem.expected for problem in found} == {"nothing, since bdpz is no treatment here"}
    assert found_in(with_rows(regression_specs=[spec | {"treatment": "bdpz"}])) == []


def test_a_unit_that_is_a_cluster_of_its_own_may_have_a_stratum_of_its_own() -> None:
    """Shenyang lies in Liaoning: with it, the strata would tear Liaoning apart."""
    groups = [
        {"grouping": "own", "level": "city", "region_code": code,
         "group_id": "alone" if code == "210100" else "others"}
        for code in SHIPPED["groupings"].query("grouping == 'city_284'")["region_code"]
    ]  # fmt: skip
    labels = [{"grouping": "own", "group_id": name} for name in ("alone", "others")]
    spec = {"spec_id": "city.new", "column_number": "9", "grouping": "", "group_id": "",
            "strata": "own"}  # fmt: skip
    seeds = with_rows(regression_specs=[spec], groupings=groups, grouping_labels=labels)
    (problem,) = found_in(seeds)
    assert "1 have units in several of its groups (210000)" in problem.expected
    studies = seeds["studies"]
    studies = studies.assign(
        alone_units=studies["alone_units"].mask(studies["study"] == "city", "own_cluster")
    )
    assert found_in(seeds | {"studies": studies}) == []


def test_a_group_has_units_of_the_sample() -> None:
    spec = {
        "spec_id": "city.new",
        "column_number": "9",
        "grouping": "elsewhere",
        "group_id": "west",
    }
    seeds = with_rows(
        regression_specs=[spec],
        groupings=[{"grouping": "elsewhere", "level": "city", "region_code": "540100",
                    "group_id": "west"}],
        grouping_labels=[{"grouping": "elsewhere", "group_id": "west"}],
    )  # fmt: skip
    (problem,) = found_in(seeds)
    assert (problem.id, problem.column) == ("city.new", "group_id")
    assert "units of city_284" in problem.expected


def test_a_policy_that_no_list_has_is_named() -> None:
    seeds = with_rows(studies=[NEW | {"policy": "bdzp"}], **roster(FOUR))
    problem, *_ = found_in(seeds)
    assert (problem.column, problem.found, problem.nearest) == ("policy", "bdzp", "bdpz")


# Rows of a study of four cities with one regression.
SPEC_OF_NEW = {"spec_id": "new.t", "study": "new", "column_number": "9", "grouping": "",
               "group_id": ""}  # fmt: skip
EVENTS = {"event_study_id": "new.a", "study": "new", "base_spec": "new.t", "reference": "-1",
          "reference_kind": "relative"}  # fmt: skip
IN_SPACE = {"placebo_id": "new.p", "study": "new", "base_spec": "new.t", "kind": "space",
            "n_treated": "1", "draws": "20", "pseudo_year": ""}  # fmt: skip
IN_TIME = IN_SPACE | {"kind": "time", "n_treated": "", "draws": "", "pseudo_year": "2015"}


def of_four(dates: Mapping[str, str], **lists: list[dict[str, str]]) -> list[Problem]:
    """What is wrong with a study of four cities, treated by the dates, and these rows of it."""
    return found_in(
        with_rows(
            studies=[NEW], policies=[*treated("mine", dates), *lists.pop("policies", [])],
            regression_specs=[SPEC_OF_NEW | lists.pop("spec", [{}])[0]], **lists, **roster(FOUR),
        )
    )  # fmt: skip


def test_a_calendar_reference_may_meet_several_first_years() -> None:
    """The half-year rule splits what was approved in one year: that is said of the estimate."""
    event = EVENTS | {"reference": "2016", "reference_kind": "calendar"}
    assert (
        of_four({"110000": "2016-01-01", "120000": "2018-01-01"}, event_study_specs=[event]) == []
    )


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"window_first": "-2"}, "window_last", "Give both or none"),
        ({"window_last": "3"}, "window_first", "Give both or none"),
        ({"window_first": "3", "window_last": "-2"}, "window_last", "a year after 3"),
        ({"window_first": "0", "window_last": "3"}, "reference", "0 to 3 years from the first"),
        ({"window_first": "-2", "window_last": "3", "second_reference": "-3"}, "second_reference",
         "-2 to 3 years"),
        ({"second_reference": "-1"}, "second_reference", "another year than the reference"),
        ({"reference": "2016", "reference_kind": "calendar", "second_reference": "0"},
         "second_reference", "another year than the reference"),
        ({"reference": "2016", "reference_kind": "calendar", "window_first": "-2",
          "window_last": "-1"}, "reference", "Widen the window"),
        ({"window_first": "-2", "window_last": "3", "second_reference": "2"}, None, ""),
        ({"reference": "2015", "reference_kind": "calendar", "second_reference": "-2",
          "window_first": "-2", "window_last": "3"}, None, ""),
    ],
)  # fmt: skip
def test_references_are_two_years_of_the_window(
    change: dict[str, str], column: str | None, says: str
) -> None:
    found = of_four({"110000": "2016-01-01"}, event_study_specs=[EVENTS | change])
    assert [(p.id, p.column) for p in found] == [("new.a", column)] * bool(column)
    assert not column or says in str(found[0])


def test_units_treated_after_the_last_year_are_not_treated_in_the_study() -> None:
    """Nor do they ask anything of its event studies and placebos."""
    dates = {"110000": "2016-01-01", "120000": "2024-01-01"}
    event = EVENTS | {"reference": "2015", "reference_kind": "calendar"}
    assert of_four(dates, event_study_specs=[event], placebo_specs=[IN_TIME]) == []


@pytest.mark.parametrize("first", ["2012-10-08", "2014-05-01", "2015-12-31"])
def test_a_placebo_in_time_of_units_treated_from_the_start_names_what_to_change(first: str) -> None:
    """The study begins in 2014: two untreated years are needed, one to compare with one."""
    dates = {"110000": "2016-10-08", "120000": first}
    (problem,) = of_four(dates, placebo_specs=[IN_TIME])
    assert (problem.id, problem.column) == ("new.p", "base_spec")
    assert problem.expected == (
        "a specification that begins two years before any of its units is treated; "
        "1 are treated by 2015: 120000"
    )
    assert "Leave these units out by a grouping in the specification" in problem.advice
    # A row that leaves them out is enough: of the others two years are untreated.
    others = {"grouping": "later", "group_id": "rest"}
    rows = roster(FOUR)
    kept = [code for code in FOUR if code != "120000"]
    seeds = with_rows(
        studies=[NEW], policies=treated("mine", dates),
        regression_specs=[SPEC_OF_NEW | others], placebo_specs=[IN_TIME],
        groupings=[*rows["groupings"], *(
            {"grouping": "later", "level": "city", "region_code": code, "group_id": "rest"}
            for code in kept
        )],
        grouping_labels=[*rows["grouping_labels"], others],
    )  # fmt: skip
    assert found_in(seeds) == []


@pytest.mark.parametrize(("pseudo", "sound"), [("2014", False), ("2015", True), ("2016", False)])
def test_a_placebo_in_time_lies_between_the_start_and_the_policy(pseudo: str, sound: bool) -> None:
    found = of_four({"110000": "2016-10-08"}, placebo_specs=[IN_TIME | {"pseudo_year": pseudo}])
    assert [p.column for p in found] == ["pseudo_year"] * (not sound)


def test_another_policy_may_be_a_control() -> None:
    smart = treated("main", {"110000": "2018-01-01"})[0] | {"policy": "smart_city"}
    spec = {"controls": "Fin + smart_city"}
    dates = {"110000": "2016-01-01"}
    assert of_four(dates, spec=[spec], policies=[smart]) == []
    (problem,) = of_four(dates, spec=[spec])
    assert (problem.column, problem.found) == ("controls", "smart_city")
    # At another level than that of the study it is none.
    above = smart | {"level": "province"}
    assert [p.found for p in of_four(dates, spec=[spec], policies=[above])] == ["smart_city"]


def test_an_id_of_a_policy_and_of_an_indicator_is_told_where_it_is_a_control() -> None:
    """`broadband` is an indicator of the study: as a control it would mean subscribers."""
    assert "broadband" in set(SHIPPED["indicators"]["indicator_id"])
    broadband = treated("main", {"110000": "2014-10-01"})[0] | {"policy": "broadband"}
    dates, spec = {"110000": "2016-01-01"}, {"controls": "Fin + broadband"}
    (problem,) = of_four(dates, spec=[spec], policies=[broadband])
    assert (problem.column, problem.found) == ("controls", "broadband")
    assert problem.expected == "an id that is either a policy's or a variable's"
    assert of_four(dates, policies=[broadband]) == []


def test_of_another_policy_one_variant_is_meant() -> None:
    spec, dates = {"controls": "Fin + smart_city"}, {"110000": "2016-01-01"}
    rows = [
        treated(variant, {"110000": "2018-01-01"})[0] | {"policy": "smart_city"}
        for variant in ("early", "late", "main")
    ]
    assert of_four(dates, spec=[spec], policies=rows[:1]) == []
    assert of_four(dates, spec=[spec], policies=rows) == []
    (problem,) = of_four(dates, spec=[spec], policies=rows[:2])
    assert (problem.column, problem.found) == ("controls", "smart_city")
    assert "smart_city has early, late" in problem.advice


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"controls": "Fin"}, "They differ in controls"),
        ({"unit_effects": "false"}, "They differ in unit_effects"),
        ({"time_effects": "false", "controls": ""}, "They differ in controls, time_effects"),
        ({"singletons": "keep"}, "They differ in singletons"),
        ({"controls": "Str + Fin"}, ""),
    ],
)
def test_the_steps_of_a_mediation_hold_the_same_constant(change: dict[str, str], says: str) -> None:
    """Else the total effect is not the direct and the indirect one together."""
    steps = [
        {"spec_id": "city.new.c", "column_number": "97", "treatment": "bdpz"},
        {"spec_id": "city.new.m", "column_number": "98", "treatment": "bdpz", "outcome": "Gov"},
        {"spec_id": "city.new.y", "column_number": "99", "treatment": "bdpz + Gov"},
    ]
    same = {"controls": "Fin + Str", "grouping": "", "group_id": ""}
    same |= {"unit_effects": "true", "time_effects": "true"}
    steps = [step | same for step in steps]
    mediation = {"mediation_id": "city.new", "mediator": "Gov", "total_spec": "city.new.c",
                 "mediator_spec": "city.new.m", "outcome_spec": "city.new.y"}  # fmt: skip
    sound = with_rows(regression_specs=steps, mediation_specs=[mediation])
    assert found_in(sound) == []
    found = found_in(
        with_rows(regression_specs=[*steps[:2], steps[2] | change], mediation_specs=[mediation])
    )
    assert [(p.id, p.column) for p in found] == [("city.new", "total_spec")] * bool(says)
    assert not says or says in found[0].advice


def test_comparisons_are_of_one_outcome() -> None:
    ordinary = {"grouping": "city_tier", "group_id": "ordinary"}
    seeds = with_rows(
        regression_specs=[
            ordinary | {"spec_id": "city.new", "column_number": "9", "outcome": "Index"}
        ],
        heterogeneity_specs=[
            {"comparison_id": "city.new", "spec_a": "city.t6.c1", "spec_b": "city.new"}
        ],
    )
    (problem,) = found_in(seeds)
    assert (problem.column, problem.expected) == (
        "spec_b",
        "a column with the outcome of spec_a, nqp",
    )


def project_with(folder: Path, file: str, change: Callable[[bytes], bytes | None]) -> Selection:
    """A project with one of its lists changed, or taken away."""
    for name in ("catalogue", "studies"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / file
    content = change(path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    return Selection(folder, "simulated")


def message_of(selection: Selection) -> str:
    with pytest.raises(DefinitionError) as raised:
        check(load(selection))
    return str(raised.value)


def test_a_column_that_a_list_lacks_is_named(tmp_path: Path) -> None:
    selection = project_with(
        tmp_path, "catalogue/series.csv", lambda text: text.replace(b"gap_rule", b"gap_rules", 1)
    )
    assert message_of(selection).splitlines()[1:] == [
        "catalogue/series.csv, line 1 (header), column gap_rule: found 'gap_rules', expected a "
        "column gap_rule. Add the column.",
        "catalogue/series.csv, line 1 (header), column gap_rules: found 'gap_rules', expected a "
        "column that is read; did you mean 'gap_rule'? Correct its name, or remove it.",
    ]


def test_words_of_sql_are_those_of_the_database() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
        ).fetchall()
    assert {word for (word,) in rows} == SQL_WORDS


# Messages -------------------------------------------------------------------------------------


def test_the_message_lists_the_first_problems_and_counts_the_others(tmp_path: Path) -> None:
    selection = project_with(
        tmp_path,
        "catalogue/policies.csv",
        lambda text: re.sub(rb",20\d\d-\d\d-\d\d,", b",soon,", text),
    )
    head, *lines, last = message_of(selection).splitlines()
    count = (SHIPPED["policies"]["file"] == "catalogue/policies.csv").sum()
    assert head == (
        f"The definitions have {count} problems; no data file was read and nothing estimated."
    )
    assert len(lines) == 20 and last == f"… and {count - 20} more."
    assert lines[0] == (
        "catalogue/policies.csv, line 2 (bdpz paper province 110000), column date: found 'soon', "
        "expected a day like 2016-10-08, from 1949 to 2050. Correct the cell."
    )


def test_problems_are_in_the_order_of_the_files() -> None:
    units = SHIPPED["units"].assign(
        unit=["yuan", *SHIPPED["units"]["unit"]][:-1],
        factor=[*SHIPPED["units"]["factor"][:-1], "0"],
    )
    series = SHIPPED["series"].assign(gap_rule="cubic")
    found = found_in(SHIPPED | {"series": series, "units": units})
    places = [(list(SHAPES).index(problem.list), problem.file, problem.line) for problem in found]
    assert places == sorted(places)
    # Units one row off are of other dimensions too: an identity compares what it should not.
    assert {problem.column for problem in found} == {"unit", "factor", "gap_rule", "right_side"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: b"", "catalogue/units.csv is empty. The first line names"),
        (lambda text: None, "catalogue/units.csv cannot be opened (No such file"),
        (lambda text: text.decode().encode("gb18030"), "units.csv, line 3, is not UTF-8. Save"),
        (lambda text: text.replace(b",", b";"), "units.csv, line 1, is parted by semicolons."),
        (lambda text: text.replace(b",", b"\t"), "units.csv, line 1, is parted by TABs."),
        (lambda text: text.replace(b"unit,dimension", b"unit,unit"), "has the column 'unit' twice"),
        (lambda text: text.replace(b"\nusd,", b'\n"usd,'), "line 5, has quotation marks out of"),
        (lambda text: text.replace(b"\nusd,", b"\n\nusd,"), "line 5, is blank. Remove it."),
        (lambda text: text.replace(b"\nusd,", b"\nusd,1,2,"), "line 5, has 7 cells, the first"),
        (lambda text: text.replace(b"\nusd,", b"\nusd"), "line 5, has 4 cells, the first line 5"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_told_with_its_line(
    change: Callable[[bytes], bytes | None], message: str, tmp_path: Path
) -> None:
    selection = project_with(tmp_path, "catalogue/units.csv", change)
    head, fault = message_of(selection).splitlines()
    assert head.startswith("The definitions have 1 problem;") and message in fault


def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    path = ROOT / "catalogue" / "units.csv"
    text = path.read_text(encoding="utf-8")
    (tmp_path / "units.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_list(tmp_path / "units.csv").equals(read_list(path))


def test_an_error_for_people_is_its_message_alone() -> None:
    try:
        try:
            raise KeyError("an inner one")
        except KeyError as cause:
            raise DefinitionError("what to do") from cause
    except DefinitionError as error:
        shown = traceback.format_exception(error)
    assert shown == ["nqp.definitions.selection.DefinitionError: what to do\n"]


ODD = (
    "", " ", "0", "-1", "2016", "2016.5", "1e300", "nan", "inf", "+", "@", "a ++ b", "'", "合",
    "nqp", "bdpz", "city", "in", "gdp", "true", "2016-10-08", "9999999999",
)  # fmt: skip
TEXTS = st.sampled_from(ODD)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_edit_breaks_the_check(data: st.DataObject) -> None:
    """Cells take the text of any other cell, or an odd one: problems, perhaps, but no error."""
    seeds = dict(SHIPPED)
    for _ in range(data.draw(st.integers(1, 8))):
        # A list of which no row ships has no cell to change.
        shipped = sorted(name for name in SHAPES if len(SHIPPED[name]))
        seed = data.draw(st.sampled_from(shipped))
        frame = seeds[seed].copy()
        # The last two columns say where a row stands, the first whose it is.
        row = data.draw(st.integers(0, frame.shape[0] - 1))
        column = data.draw(st.integers(1, frame.shape[1] - 3))
        other = SHIPPED[data.draw(st.sampled_from(shipped))]
        there, beside = (data.draw(st.integers(0, size - 1)) for size in other.shape)
        frame.iat[row, column] = data.draw(TEXTS | st.just(str(other.iat[there, beside])))
        seeds[seed] = frame
    for problem in found_in(seeds):
        assert re.match(r"(catalogue|studies)/[\w/]+\.csv, line \d+[ ,]", str(problem))


# In a build -----------------------------------------------------------------------------------


@pytest.mark.build
def test_a_build_stops_before_it_reads_and_names_the_row(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in (
        "analyses",
        "catalogue",
        "macros",
        "models",
        "python_models",
        "studies",
        "tests/dbt",
    ):
        shutil.copytree(ROOT / name, project / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, project)
    file = project / "studies" / "city" / "indicators.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",robot_density,", ",robot_dnsity,"), encoding="utf-8")
    finished = build("simulated", tmp_path / "warehouse", project=project)
    assert finished.process.returncode != 0
    message = (
        "The definitions have 1 problem; no data file was read and nothing estimated.\n"
        "{}studies/city/indicators.csv, line 6 (city robots), column numerator: found "
        "'robot_dnsity', expected a series of series.csv; did you mean 'robot_density'? Correct "
        "the name, or add the series.\n"
        "{}To build the others first: nqp build --without city"
    )
    assert message.format("  ", "  ") in finished.output
    assert "Traceback" not in finished.output
    with duckdb.connect(str(finished.internal), read_only=True) as connection:
        made = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        logged = connection.execute("select outcome, detail from quality.builds").fetchall()
    # The logs of builds and of what was made are there from the start.
    assert {schema for (schema,) in made} == {"checks", "quality"}
    assert logged == [("failed", message.format("", ""))]
