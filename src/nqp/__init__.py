"""Pure functions behind the warehouse: readers of raw files, econometrics, simulation."""
