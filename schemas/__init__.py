"""Contracts of every table, at the same path and stem as the asset; no Dagster, no I/O."""
