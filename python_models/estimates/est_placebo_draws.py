from nqp.analyses import estimates


def model(dbt, session):
    ctx = estimates.context(
        dbt.ref("panel_long").df(),
        dbt.ref("study_units").df(),
        dbt.ref("grouping_members").df(),
        dbt.ref("coverage").df(),
    )
    specs = dbt.ref("placebo_input").df()
    base = dbt.ref("regression_input").df()
    matched = dbt.ref("est_matched_samples").df()
    seed = dbt.config.get("seed")
    return estimates.placebo_draws(ctx, specs, base, matched, seed)
