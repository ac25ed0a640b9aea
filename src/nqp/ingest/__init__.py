"""Read raw statistical files as they come: every cell as text, with its sheet, row and column.

Nothing is interpreted here. What a cell means (region, year, number, unit) is decided in SQL,
where it can be queried; this package only turns files into cells, and says what is wrong with
files and manifests that cannot be used.
"""

from nqp.ingest.cells import BATCH_ROWS, CELL_SCHEMA, Cell, cell_reader, read_cells
from nqp.ingest.corrections import (
    ACCEPTED_COLUMNS,
    CORRECTION_COLUMNS,
    WAIVER_COLUMNS,
    read_accepted,
    read_corrections,
    read_waivers,
)
from nqp.ingest.inventory import inventory
from nqp.ingest.manifest import MANIFEST_COLUMNS, check_manifest, read_manifest
from nqp.ingest.rows import IngestError, Row, as_text
from nqp.ingest.sources import (
    ManifestHome,
    read_all_accepted,
    read_all_corrections,
    read_manifests,
)

__all__ = [
    "ACCEPTED_COLUMNS",
    "BATCH_ROWS",
    "CELL_SCHEMA",
    "CORRECTION_COLUMNS",
    "MANIFEST_COLUMNS",
    "WAIVER_COLUMNS",
    "Cell",
    "IngestError",
    "ManifestHome",
    "Row",
    "as_text",
    "cell_reader",
    "check_manifest",
    "inventory",
    "read_accepted",
    "read_all_accepted",
    "read_all_corrections",
    "read_cells",
    "read_corrections",
    "read_manifest",
    "read_manifests",
    "read_waivers",
]
