from nqp.analyses.index_effects import index_scores


def model(dbt, session):
    normalised, weights = dbt.ref("normalised_indicators").df(), dbt.ref("entropy_weights").df()
    units, checks = dbt.ref("study_units").df(), dbt.ref("study_checks").df()
    return index_scores(normalised, weights, units, checks)
