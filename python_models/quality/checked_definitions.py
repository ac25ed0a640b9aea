from nqp import definitions


def model(dbt, session):
    seeds = {
        "units": dbt.ref("units").df(),
        "unit_spellings": dbt.ref("unit_spellings").df(),
        "series": dbt.ref("series").df(),
        "identities": dbt.ref("identities").df(),
        "layouts": dbt.ref("layouts").df(),
        "regions": dbt.ref("regions").df(),
        "region_aliases": dbt.ref("region_aliases").df(),
        "region_changes": dbt.ref("region_changes").df(),
        "grouping_labels": dbt.ref("grouping_labels").df(),
        "groupings": dbt.ref("groupings").df(),
        "policies": dbt.ref("policies").df(),
        "studies": dbt.ref("studies").df(),
        "indicators": dbt.ref("indicators").df(),
        "variables": dbt.ref("variables").df(),
        "matching_specs": dbt.ref("matching_specs").df(),
        "regression_specs": dbt.ref("regression_specs").df(),
        "event_study_specs": dbt.ref("event_study_specs").df(),
        "placebo_specs": dbt.ref("placebo_specs").df(),
        "mediation_specs": dbt.ref("mediation_specs").df(),
        "heterogeneity_specs": dbt.ref("heterogeneity_specs").df(),
        "figure_specs": dbt.ref("figure_specs").df(),
        "table_specs": dbt.ref("table_specs").df(),
        "published_fits": dbt.ref("published_fits").df(),
    }
    profiles = dbt.config.get("profiles")
    return definitions.checked(seeds, profiles)
