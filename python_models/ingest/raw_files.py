from pathlib import Path

from nqp import ingest


def model(dbt, session):
    manifest = dbt.ref("raw_manifest").df()
    data_dir = Path(dbt.config.get("data_dir"))
    return ingest.inventory(manifest, data_dir)
