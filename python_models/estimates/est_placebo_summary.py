from nqp.analyses.placebos import placebo_summaries


def model(dbt, session):
    specs, base = dbt.ref("placebo_specs").df(), dbt.ref("regression_specs").df()
    coefficients = dbt.ref("est_regressions").df()
    draws = dbt.ref("est_placebo_draws").df()
    return placebo_summaries(specs, base, coefficients, draws)
