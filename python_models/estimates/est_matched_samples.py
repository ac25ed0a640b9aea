from nqp.analyses import estimates


def model(dbt, session):
    ctx = estimates.context(
        dbt.ref("panel_long").df(),
        dbt.ref("study_units").df(),
        dbt.ref("grouping_members").df(),
        dbt.ref("coverage").df(),
    )
    return estimates.matched_samples(ctx, dbt.ref("matching_input").df())
