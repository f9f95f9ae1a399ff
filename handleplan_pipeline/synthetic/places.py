"""Where the generated city lies: the municipality that is counted, and municipalities beside it."""

from handleplan_pipeline.catalogue import load_catalogue

OTHERS = ("147", "185")
"""Frederiksberg and Tårnby; where one of them is home, the plan's own municipality stands in. Ours, version 1."""


def home() -> str:
    """The municipality whose deliveries are made: the one that is counted."""
    return load_catalogue().plan.municipality_code


def neighbour() -> str:
    """Where some live who moved away, and where some of home's people are cared for or charged."""
    return _others()[0]


def third() -> str:
    """Neither home nor the neighbour: it pays for some who stay at home."""
    return _others()[1]


def _others() -> list[str]:
    return [m for m in (*OTHERS, load_catalogue().plan.adopted_by) if m != home()]
