from datetime import date
from pathlib import Path

from nqp import expectations


def model(dbt, session):
    frames = {
        "raw.files": dbt.ref("raw_files").df(),
        "staging.observations": dbt.ref("observations").df(),
        "intermediate.defined_values": dbt.ref("defined_values").df(),
        "marts.entropy_weights": dbt.ref("entropy_weights").df(),
        "marts.coverage": dbt.ref("coverage").df(),
        "marts.panel_long": dbt.ref("panel_long").df(),
    }
    waivers = dbt.ref("raw_waivers").df()
    suites = expectations.read_suites(Path(dbt.config.get("suites")))
    return expectations.check(suites, frames, waivers, date.today())
