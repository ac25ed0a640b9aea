"""Checking figures, tracing them to their cells, correcting cells, and verifying files."""
