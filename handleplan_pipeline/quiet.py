"""Warnings that would drown the output: only those we know, each with its reason."""

import warnings

import dagster as dg


def quiet_known_warnings() -> None:
    """Dagster warns at every asset that `backfill_policy` is beta; one range per run is what the demo relies on."""
    warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)
