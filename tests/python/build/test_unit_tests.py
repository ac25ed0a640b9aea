"""The unit tests of the SQL: run here, and left out of a build, which is about data."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from warehouse import ROOT, Build, Warehouse, build_command


def outcomes(finished: Build) -> Counter[tuple[str, str]]:
    """How many nodes of each kind ended how."""
    results = finished.published.parent / ".dbt" / "target" / "run_results.json"
    return Counter(
        (result["unique_id"].split(".")[0], result["status"])
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
    )


@pytest.mark.build
def test_every_unit_test_of_the_sql_holds(simulated: Warehouse, tmp_path: Path) -> None:
    """Beside the tables of a build, which have the columns that a unit test asks for."""
    warehouse = tmp_path / "warehouse"
    shutil.copytree(simulated.build.published.parent, warehouse, symlinks=True)
    words, environment = build_command("simulated", warehouse, args=("--select", "test_type:unit"))
    words[words.index("build")] = "test"
    process = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    finished = replace(simulated.build, process=process, published=warehouse / "simulated.duckdb")
    assert finished.process.returncode == 0, finished.output
    files = (yaml.safe_load(path.read_text("utf-8")) for path in ROOT.glob("models/**/*.yml"))
    written = sum(len(file.get("unit_tests", [])) for file in files)
    assert outcomes(finished)["unit_test", "pass"] == written > 0


@pytest.mark.build
def test_a_build_makes_every_model_and_puts_every_test_to_the_data(simulated: Warehouse) -> None:
    counted = outcomes(simulated.build)
    assert {kind for kind, _ in counted} == {"model", "operation", "test"}
    manifest = simulated.build.published.parent / ".dbt" / "target" / "manifest.json"
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    kinds = Counter(
        node["resource_type"] for node in nodes if node["config"]["materialized"] != "ephemeral"
    )
    assert counted["model", "success"] == kinds["model"]
    assert counted["test", "pass"] + counted["test", "warn"] == kinds["test"]
