from nqp.analyses import published_audit


def model(dbt, session):
    dbt.ref("study_checks")  # A result is made only after the figures were checked.
    coefficients = dbt.ref("published_coefficients").df()
    fits = dbt.ref("published_fits").df()
    descriptives = dbt.ref("published_descriptives").df()
    return published_audit.published_audit(coefficients, fits, descriptives)
