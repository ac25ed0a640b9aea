from nqp import definitions, ingest


def model(dbt, session):
    project, profile = dbt.config.get("project"), dbt.config.get("profile")
    places = definitions.manifest_places(*definitions.current(project, profile))
    return ingest.read_all_accepted(places)
