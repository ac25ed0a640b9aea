from nqp.analyses import published_audit


def model(dbt, session):
    coefficients = dbt.ref("published_coefficients").df()
    fits = dbt.ref("published_fits").df()
    descriptives = dbt.ref("published_descriptives").df()
    return published_audit.published_audit(coefficients, fits, descriptives)
