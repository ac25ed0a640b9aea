from nqp.analyses import comparisons


def model(dbt, session):
    specs = dbt.ref("heterogeneity_input").df()
    coefficients = dbt.ref("est_regressions").df()
    return comparisons.heterogeneity(specs, coefficients)
