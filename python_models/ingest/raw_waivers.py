from pathlib import Path

from nqp import ingest


def model(dbt, session):
    manifest_dir = Path(dbt.config.get("manifest_dir"))
    folders = dbt.ref("study_folders").df()
    own = {row.study: Path(row.folder) for row in folders.itertuples()}
    return ingest.read_waivers(manifest_dir / "waivers.csv", own)
