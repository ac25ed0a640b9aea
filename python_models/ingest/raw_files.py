from nqp import ingest


def model(dbt, session):
    return ingest.inventory(dbt.ref("raw_manifest").df())
