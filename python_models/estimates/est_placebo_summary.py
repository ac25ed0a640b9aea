from nqp.analyses import estimates


def model(dbt, session):
    specs = dbt.ref("placebo_input").df()
    coefficients = dbt.ref("est_regressions").df()
    draws = dbt.ref("est_placebo_draws").df()
    return estimates.placebo_summaries(specs, coefficients, draws)
