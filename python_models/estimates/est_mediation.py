from nqp.analyses import comparisons


def model(dbt, session):
    specs = dbt.ref("mediation_input").df()
    coefficients = dbt.ref("est_regressions").df()
    return comparisons.mediation(specs, coefficients)
