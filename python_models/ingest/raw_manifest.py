from nqp import definitions, ingest


def model(dbt, session):
    layouts = dbt.ref("layouts").df()
    series = dbt.ref("series").df()
    units = dbt.ref("units").df()
    levels = dbt.ref("regions").select("level").distinct().df()["level"]
    project, profile = dbt.config.get("project"), dbt.config.get("profile")
    homes = definitions.manifest_homes(*definitions.current(project, profile))
    return ingest.read_manifests(homes, layouts, series, units, levels)
