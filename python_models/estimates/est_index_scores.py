from nqp.analyses.index_effects import index_scores


def model(dbt, session):
    normalised, weights = dbt.ref("normalised_indicators").df(), dbt.ref("entropy_weights").df()
    return index_scores(normalised, weights, dbt.ref("study_units").df())
