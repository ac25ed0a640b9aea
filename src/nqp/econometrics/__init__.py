"""Estimators: arrays and frames in, frozen results out.

Nothing here knows of studies, dbt or a connection.
"""
