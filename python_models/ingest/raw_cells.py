from nqp import ingest


def model(dbt, session):
    return ingest.cell_reader(dbt.ref("raw_manifest").df())
