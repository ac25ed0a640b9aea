"""What kind of column it is, by what its table, heading and declarations say."""

from __future__ import annotations

import re

from nqp.audit.printed import Column
from nqp.audit.texts import same_name

# Estimators whose R² and residuals are not those of least squares.
_OTHER = re.compile(
    r"\b(2sls|tsls|iv|ivs|gmm|liml|logit|probit|tobit|poisson|ppml|negative binomial|quantile|"
    r"instrument\w*|second stage|2nd stage|mle|maximum likelihood|cox|hazard|heckman|lasso|"
    r"random effects|random-effects|arellano|sar|sdm|spatial)\b|工具变量|分位数|空间|门槛|面板门限",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"heterogen|sub-?samples?|sub-?groups?|split sample|by region|regional|"
    r"异质性|分样本|分组|分地区",
    re.IGNORECASE,
)
_MATCHED = re.compile(r"match|psm|匹配", re.IGNORECASE)
_ROBUST = re.compile(r"robust|sensitiv|稳健", re.IGNORECASE)
_OTHER_DATA = re.compile(
    r"outlier|winsor|trim|exclud|without|drop|placebo|alternative|替换|剔除|缩尾|排除|安慰剂",
    re.IGNORECASE,
)


def least_squares(column: Column) -> bool:
    """Whether nothing speaks against least squares."""
    said = column.declared.estimator
    if said:
        return same_name(said) in {"ols", "leastsquares", "fe", "fixedeffects", "wls", "did"}
    return not _OTHER.search(f"{column.title} {column.heading} {column.panel} {column.outcome}")


def is_split(column: Column) -> bool:
    """Whether the column is one part of a divided sample, declared or by its table's title."""
    return bool(column.declared.split) or bool(_SPLIT.search(column.title))


def is_matched(column: Column) -> bool:
    """Whether the column's heading speaks of a matched sample."""
    return bool(_MATCHED.search(column.heading))


def is_robustness(column: Column) -> bool:
    """Whether the column stands in a table of robustness checks, or its heading is of one."""
    return bool(_ROBUST.search(column.title) or _OTHER_DATA.search(column.heading))
