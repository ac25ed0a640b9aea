from nqp import definitions, ingest


def model(dbt, session):
    project, profile = dbt.config.get("project"), dbt.config.get("profile")
    homes = definitions.manifest_homes(*definitions.current(project, profile))
    return ingest.read_all_accepted(homes)
