from datetime import date
from pathlib import Path

from nqp.quality import expectations, suites


def model(dbt, session):
    tables = {
        "raw.files": dbt.ref("raw_files").df(),
        "staging.observations": dbt.ref("observations").df(),
        "intermediate.defined_values": dbt.ref("defined_values").df(),
        "marts.entropy_weights": dbt.ref("entropy_weights").df(),
        "marts.coverage": dbt.ref("coverage").df(),
        "marts.panel_long": dbt.ref("panel_long").df(),
        "quality.unknown_units": dbt.ref("unknown_units").df(),
        "definitions.studies": dbt.ref("studies").df(),
        "definitions.series": dbt.ref("series").df(),
        "intermediate.study_sources": dbt.ref("study_sources").df(),
        "intermediate.earlier_values": dbt.ref("earlier_values").df(),
    }
    waivers, folders = dbt.ref("raw_waivers").df(), dbt.ref("study_folders").df()
    own = {row.study: Path(row.folder) / "expectations" for row in folders.itertuples()}
    read = suites.read_suites(Path(dbt.config.get("suites")), own)
    return expectations.check(read, tables, waivers, date.today())
