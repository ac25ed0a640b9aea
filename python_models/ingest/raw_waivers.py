from pathlib import Path

from nqp import ingest


def model(dbt, session):
    manifest_dir = Path(dbt.config.get("manifest_dir"))
    return ingest.read_waivers(manifest_dir / "waivers.csv")
