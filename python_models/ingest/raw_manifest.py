from pathlib import Path

from nqp import ingest


def model(dbt, session):
    layouts = dbt.ref("layouts").df()
    series = dbt.ref("series").df()
    units = dbt.ref("units").df()
    manifest_dir = Path(dbt.config.get("manifest_dir"))
    manifest = ingest.read_manifest(manifest_dir / "manifest.csv")
    return ingest.check_manifest(manifest, layouts, series, units)
