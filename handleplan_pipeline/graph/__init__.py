"""Dagster's room: arguments, outputs, resources and jobs. With `assets`, the only code that imports Dagster."""
