from nqp.analyses.comparisons import heterogeneity


def model(dbt, session):
    specs = dbt.ref("heterogeneity_specs").df()
    coefficients = dbt.ref("est_regressions").df()
    return heterogeneity(specs, coefficients, dbt.ref("studies").df())
