from nqp.analyses.index_effects import index_weights


def model(dbt, session):
    normalised, weights = dbt.ref("normalised_indicators").df(), dbt.ref("entropy_weights").df()
    checks = dbt.ref("study_checks").df()
    draws, seed = dbt.config.get("draws"), dbt.config.get("seed")
    return index_weights(normalised, weights, checks, draws, seed)
