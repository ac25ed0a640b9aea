"""How large an effect would have had to be to be found: the minimum detectable effect.

A test at level alpha finds an effect of (t(1 - alpha/2) + t(power)) standard errors with that
power, both quantiles of a t distribution with the test's degrees of freedom (Bloom 1995, "Minimum
detectable effects"). Beside an estimate that is not significant it shows what the design
could have found: the test does not exclude an effect smaller than it.
"""

from __future__ import annotations

from scipy import stats


def minimum_detectable_effect(
    std_error: float, df: float, level: float = 0.95, power: float = 0.80
) -> float:
    """The effect that a two-sided test at 1 - level finds with probability `power`.

    std_error, df: of the coefficient; df may be infinite. In the units of the coefficient.

    Raises ValueError unless std_error is at least 0, df is positive, and level and power lie
    strictly between 0 and 1.
    """
    if not (std_error >= 0 and df > 0 and 0 < level < 1 and 0 < power < 1):
        raise ValueError(
            f"std_error is {std_error}, df {df}, level {level}, power {power}: expected a standard "
            "error of 0 or more, positive df, level and power between 0 and 1"
        )
    return float((stats.t.ppf((1 + level) / 2, df) + stats.t.ppf(power, df)) * std_error)
