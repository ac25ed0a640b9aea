"""What each column of a list may hold: values, keys, and references to rows of other lists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nqp.audit.declared import DECLARED
from nqp.coding_rules import COUNTS_FROM_NEXT_YEAR
from nqp.definitions.problem import day, number

FIRST_YEAR, LAST_YEAR = 1949, 2050
# Columns that the panels, or the frames made from them, have beside the variables.
RESERVED = frozenset(
    {"study", "level", "region_code", "region_name", "region_name_en", "region_name_zh",
     "province_code", "parent_code", "year", "first_treated_year", "relative_year", "ever_treated",
     "data_profile", "matching_weight"}
)  # fmt: skip

# Words that a query could use as a column's name only between quotation marks.
SQL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc asymmetric both case cast check collate column
        constraint create default deferrable desc describe distinct do else end except false fetch
        for foreign from group having in initially intersect into lambda lateral leading limit not
        null offset on only or order pivot pivot_longer pivot_wider placing primary qualify
        references returning select show some summarize symmetric table then to trailing true
        union unique unpivot using variadic when where window with""",
    )
)


# Columns of keys that are blank in rows of the catalogue, or in an alias of all sources.
BLANK_KEYS = frozenset({"study", "source_id"})


@dataclass(frozen=True)
class Rule:
    """What a column holds where it is not blank."""

    holds: Callable[[str], object]
    expected: str
    choices: tuple[str, ...] = ()


def _one_of(choices: str) -> Rule:
    names = tuple(choices.split())
    return Rule(names.__contains__, " or ".join(names), names)


def _whole(least: int, most: float, expected: str) -> Rule:
    return Rule(lambda text: least <= number(text) <= most and number(text) % 1 == 0, expected)


STUDY_NAME = Rule(
    lambda text: re.fullmatch("[a-z][a-z0-9_]*", text) and text != "long",
    "small letters, digits and '_' after a first letter, and not `long`",
)

LEVEL = Rule(
    lambda text: re.fullmatch("[a-z][a-z0-9_]*", text),
    "a name of small letters, digits and '_'",
)

FLAG = Rule(lambda text: text.lower() in ("true", "false"), "true or false", ("true", "false"))
YEAR = _whole(FIRST_YEAR, LAST_YEAR, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
DAY = Rule(
    lambda text: (found := day(text)) and FIRST_YEAR <= found.year <= LAST_YEAR,
    f"a day like 2016-10-08, from {FIRST_YEAR} to {LAST_YEAR}",
)

NUMBER = Rule(lambda text: not math.isnan(number(text)), "a number")
INTEGER = _whole(-9999, 9999, "a whole number")
FROM_ZERO = _whole(0, math.inf, "a whole number from 0")
FROM_ONE = _whole(1, math.inf, "a whole number from 1")
NOT_NEGATIVE = Rule(lambda text: number(text) >= 0, "a number from 0")
ABOVE_ZERO = Rule(lambda text: number(text) > 0, "a number above 0")
SCALE = Rule(lambda text: abs(number(text)) > 0, "a number other than 0")
LOWER_TAIL = Rule(lambda text: 0 <= number(text) < 0.5, "a share from 0 to below 0.5")
UPPER_TAIL = Rule(lambda text: 0.5 < number(text) <= 1, "a share above 0.5, up to 1")
CODING_RULE = _one_of(" ".join(COUNTS_FROM_NEXT_YEAR))
TRANSFORM = _one_of("level ln ln1p")
SERIES_NAME = Rule(
    # A study's own meaning of an id of the catalogue has the study in front: `study.series`.
    lambda text: re.fullmatch(r"([a-z][a-z0-9_]*\.)?\w+", text),
    "letters, digits and '_', as definitions name it",
)

FILE_NAME = Rule(
    lambda text: re.fullmatch(r"\w[\w.-]*", text),
    "letters, digits, '_', '-' and '.', as files are named so",
)

COLUMN_NAME = Rule(
    lambda text: (
        re.fullmatch("[A-Za-z][A-Za-z0-9_]*", text)
        and not re.fullmatch(r"rel_[mp]?\d+", text)
        and text.lower() not in RESERVED | SQL_WORDS
    ),
    "a name for a column: a letter, then letters, digits and '_'; no word of SQL, and none of "
    "the panel's own columns (study, region_code, year …)",
)


@dataclass(frozen=True)
class Shape:
    """What the columns of a list hold; lists of columns are written with spaces between.

    keys: columns that together name a row once; the first key is the row's id.
    required: columns, beside the keys, that are never blank. optional: others that may be there.
    refs: columns whose values stand in another list, as "list" or "list column column".
    study_defaults: what a blank cell in a study's folder stands for, by column.
    """

    keys: tuple[str, ...]
    required: str = ""
    optional: str = ""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    study_defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def filled(self) -> list[str]:
        """Columns that are never blank."""
        names = dict.fromkeys(" ".join([*self.keys, self.required]).split())
        return [name for name in names if name not in BLANK_KEYS]

    @property
    def columns(self) -> list[str]:
        names = [
            *self.filled, *" ".join(self.keys).split(), *self.optional.split(), *self.rules,
            *" ".join(self.refs).split(),
        ]  # fmt: skip
        # Whose row it is follows from where the file lies.
        return [name for name in dict.fromkeys(names) if name != "study"]


# What the figures of a printed table are: the digits as printed stand beside them.
_PRINTED_TABLE = {"table_number": FROM_ONE, "column_number": FROM_ONE}

SHAPES: dict[str, Shape] = {
    "units": Shape(
        ("unit",), "dimension factor label_en label_zh", rules={"factor": ABOVE_ZERO}
    ),
    "unit_spellings": Shape(("spelling unit",), refs={"unit": "units"}),
    "harmless_words": Shape(("word",), "place reason", rules={"place": _one_of("any text money")}),
    "telling_words": Shape(("word",), "kind reason"),
    "series": Shape(
        ("series_id",), "label_en label_zh unit source_book gap_rule end_rule lowest highest",
        rules={"series_id": SERIES_NAME, "gap_rule": _one_of("linear none"),
               "end_rule": _one_of("hold none"), "lowest": NUMBER, "highest": NUMBER},
        refs={"unit": "units"},
        study_defaults={"source_book": "the study's own data", "gap_rule": "none",
                        "end_rule": "none", "lowest": "-1e15", "highest": "1e15"},
    ),
    "identities": Shape(
        ("identity_id",), "label_en label_zh level left_side relation right_side tolerance", "note",
        rules={"relation": _one_of("= <="), "tolerance": NOT_NEGATIVE},
        study_defaults={"level": "*", "tolerance": "0"},
    ),
    "layouts": Shape(
        ("layout",), "region_axis year_axis item_axis year_row_offset description",
        rules={"region_axis": _one_of("row column"), "year_axis": _one_of("row column manifest"),
               "item_axis": _one_of("row column file"),
               "year_row_offset": FROM_ZERO},
    ),
    "regions": Shape(
        ("level region_code",), "name_zh short_zh name_en", "province_code parent_code",
        rules={"level": LEVEL, "valid_from": DAY, "valid_to": DAY},
        refs={"province_code": "regions region_code"},
    ),
    "region_aliases": Shape(
        ("level alias source_id",), "kind", "note",
        rules={"level": LEVEL, "kind": _one_of("old_name old_code spelling aggregate")},
        refs={"level region_code": "regions"},
        study_defaults={"kind": "spelling"},
    ),
    "region_changes": Shape(
        ("date level from_code to_code",), "kind note", "document_zh",
        rules={"date": DAY, "level": _one_of("city"),
               "kind": _one_of("merged split renamed upgraded transfer")},
        refs={"level to_code": "regions level region_code"},
    ),
    "grouping_labels": Shape(
        ("study grouping group_id",), "label_en label_zh", "description",
        refs={"study grouping group_id": "groupings"},
    ),
    "groupings": Shape(
        ("study grouping level region_code",), "group_id", rules={"level": LEVEL},
        refs={"level region_code": "regions", "study grouping group_id": "grouping_labels"},
    ),
    "policies": Shape(
        ("study policy variant level region_code",), "date", "batch document",
        rules={"policy": COLUMN_NAME, "level": LEVEL, "date": DAY, "batch": FROM_ONE,
               "assigned_alone": FLAG},
        refs={"level region_code": "regions"},
        study_defaults={"variant": "main", "assigned_alone": "false"},
    ),
    "studies": Shape(
        ("study",),
        "level title_en title_zh first_year last_year roster policy policy_variant coding_rule "
        "apply_corrections impute profiles assigned_at",
        "extends headline_method index_id index_symbol index_label_en index_label_zh "
        "policy_symbol policy_label_en policy_label_zh unit_label_en unit_label_zh "
        "units_label_en units_label_zh",
        rules={"study": STUDY_NAME, "level": LEVEL, "assigned_at": LEVEL, "first_year": YEAR,
               "last_year": YEAR, "coding_rule": CODING_RULE,
               "apply_corrections": FLAG, "impute": FLAG, "winsorise_indicators": LOWER_TAIL,
               "index_id": COLUMN_NAME, "alone_units": _one_of("own_cluster with_region"),
               "headline_method": _one_of("conventional cr1 cr2 cr3 wcr_rademacher wcr_webb ri_b "
                                          "ri_t")},
        study_defaults={"profiles": "*", "headline_method": "cr2", "policy_variant": "main",
                        "coding_rule": "approval_year", "apply_corrections": "true",
                        "impute": "false", "alone_units": "with_region"},
    ),
    "indicators": Shape(
        ("study indicator_id", "study position"),
        "label_en label_zh sign numerator scale transform",
        "dimension_en dimension_zh denominator",
        rules={"indicator_id": COLUMN_NAME, "position": FROM_ONE, "sign": _one_of("1 -1"),
               "scale": SCALE, "transform": TRANSFORM},
        refs={"study": "studies"},
        study_defaults={"scale": "1", "transform": "level"},
    ),
    "variables": Shape(
        ("study variable_id",), "role label_en label_zh numerator scale transform",
        "unit_label denominator",
        rules={"variable_id": COLUMN_NAME, "role": _one_of("outcome mediator control"),
               "scale": SCALE, "transform": TRANSFORM},
        refs={"study": "studies"},
        study_defaults={"scale": "1", "transform": "level"},
    ),
    "matching_specs": Shape(
        ("matching_id",),
        "study covariates method neighbours bandwidth model by_year common_support ties "
        "direction keep", "note",
        rules={"method": _one_of("nearest kernel"), "neighbours": FROM_ONE,
               "bandwidth": ABOVE_ZERO, "model": _one_of("logit probit"), "by_year": FLAG,
               "common_support": FLAG, "ties": FLAG, "direction": _one_of("treated both"),
               "caliper": ABOVE_ZERO, "keep": _one_of("rows weights")},
        refs={"study": "studies"},
    ),
    "regression_specs": Shape(
        ("spec_id", "study table_number column_number"),
        "title_en title_zh outcome treatment unit_effects time_effects vcov constant",
        "controls grouping group_id leave_out leave_out_years controls_by_year group_year_effects "
        "group_trends strata",
        rules={"table_number": FROM_ONE, "column_number": FROM_ONE, "unit_effects": FLAG,
               "time_effects": FLAG, "vcov": _one_of("clustered conventional"),
               "cluster": _one_of("region_code province_code parent_code"),
               "second_cluster": _one_of("year region_code province_code parent_code"),
               "coding_rule": CODING_RULE,
               "constant": _one_of("mean base"), "first_year": YEAR, "last_year": YEAR,
               "winsor_lower": LOWER_TAIL, "winsor_upper": UPPER_TAIL,
               "winsor_by": _one_of("year"), "singletons": _one_of("drop keep"),
               "enumerate": FLAG},
        refs={"study": "studies", "matching": "matching_specs matching_id",
              "compares_with": "published_fits spec_id"},
        study_defaults={"unit_effects": "true", "time_effects": "true", "constant": "mean",
                        "singletons": "drop", "enumerate": "false"},
    ),
    "event_study_specs": Shape(
        ("event_study_id",),
        "study base_spec reference reference_kind as_published title_en title_zh",
        rules={"reference": INTEGER, "second_reference": INTEGER, "window_first": INTEGER,
               "window_last": INTEGER,
               "reference_kind": _one_of("calendar relative"), "as_published": FLAG},
        refs={"study": "studies", "base_spec": "regression_specs spec_id"},
        study_defaults={"as_published": "false"},
    ),
    "placebo_specs": Shape(
        ("placebo_id",), "study base_spec kind as_published title_en title_zh", "strata",
        rules={"kind": _one_of("space time"), "n_treated": FROM_ONE, "draws": FROM_ONE,
               "pseudo_year": YEAR, "as_published": FLAG,
               "draw_unit": _one_of("unit assignment"), "enumerate": FLAG},
        refs={"study": "studies", "base_spec": "regression_specs spec_id"},
        study_defaults={"as_published": "false", "draw_unit": "unit", "enumerate": "false"},
    ),
    "mediation_specs": Shape(
        ("mediation_id",), "study mediator total_spec mediator_spec outcome_spec",
        refs={"study": "studies", "total_spec": "regression_specs spec_id",
              "mediator_spec": "regression_specs spec_id",
              "outcome_spec": "regression_specs spec_id"},
    ),
    "heterogeneity_specs": Shape(
        ("comparison_id",), "study spec_a spec_b",
        refs={"study": "studies", "spec_a": "regression_specs spec_id",
              "spec_b": "regression_specs spec_id"},
    ),
    "curve_specs": Shape(
        ("curve_id",), "study base_spec title_en title_zh", "outcomes windows leave_out clusters "
        "leave_out_years policies controls_by_year group_year_effects group_trends coding_rules",
        refs={"study": "studies", "base_spec": "regression_specs spec_id"},
    ),
    "neighbours": Shape(
        ("study level region_code neighbour_code",), "", "note", rules={"level": LEVEL},
        refs={"level region_code": "regions", "level neighbour_code": "regions level region_code"},
    ),
    "figure_specs": Shape(
        ("figure_id",), "study kind subject caption_en caption_zh",
        rules={"figure_id": FILE_NAME,
               "kind": _one_of("index_over_time entropy_weights event_study placebo_density "
                               "placebo_p_values propensity_overlap coefficients "
                               "specification_curve")},
        refs={"study": "studies"},
    ),
    "table_specs": Shape(
        ("table_id", "study table_number"), "kind title_en title_zh controls",
        rules={"table_id": FILE_NAME,
               "kind": _one_of("regression descriptive definition indicators"),
               "controls": _one_of("all none")},
        refs={"study": "studies"},
        study_defaults={"controls": "all"},
    ),
    "published_coefficients": Shape(
        ("spec_id term",), "table_number column_number outcome", "estimate_printed "
        "std_error_printed parenthesis",
        rules={**_PRINTED_TABLE, "estimate": NUMBER, "std_error": NOT_NEGATIVE,
               "stars": FROM_ZERO},
    ),
    "published_fits": Shape(
        ("spec_id",), "table_number column_number outcome",
        "r2_printed r2_adj_printed unit_effects_printed time_effects_printed controls_printed "
        "heading_printed table_title_printed note_printed " + " ".join(DECLARED),
        rules={**_PRINTED_TABLE, "r2": NUMBER, "r2_adj": NUMBER, "n_obs": FROM_ONE,
               "unit_effects": FLAG, "time_effects": FLAG, "controls": FLAG},
    ),
    "published_descriptives": Shape(
        ("study variable_id",), "table_number",
        "mean_printed std_dev_printed minimum_printed maximum_printed kind",
        rules={"kind": _one_of("dummy share whole"), "table_number": FROM_ONE, "n_obs": FROM_ONE,
               "mean": NUMBER, "std_dev": NOT_NEGATIVE, "minimum": NUMBER, "maximum": NUMBER},
    ),
    "published_contradictions": Shape(
        ("contradiction_id",), "kind", "paper place says but effect",
    ),
}  # fmt: skip
