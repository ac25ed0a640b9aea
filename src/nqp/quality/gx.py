"""Great Expectations, imported here alone: it takes seconds, and is told not to report its use."""

from __future__ import annotations

import os

# Read at import: no usage statistics, whatever the environment says.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import (
    ExpectationConfiguration,
)

__all__ = [
    "DataContextConfig", "ExpectationConfiguration", "InMemoryStoreBackendDefaults",
    "ProgressBarsConfig", "gx",
]  # fmt: skip
