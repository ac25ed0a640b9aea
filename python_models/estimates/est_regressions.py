from nqp import estimates


def model(dbt, session):
    panel = dbt.ref("panel_long").df()
    units = dbt.ref("study_units").df()
    groupings = dbt.ref("grouping_members").df()
    coverage = dbt.ref("coverage").df()
    specs = dbt.ref("regression_input").df()
    return estimates.regressions(panel, units, groupings, coverage, specs)
