from nqp import definitions


def model(dbt, session):
    project, profile = dbt.config.get("project"), dbt.config.get("profile")
    _, loaded = definitions.current(project, profile)
    return definitions.definition_cells(loaded)
