"""What tests of alerts are handed."""

from collections.abc import Callable

from handleplan_pipeline.settings import Settings

Set = Callable[..., Settings]
"""Sets HANDLEPLAN_ settings by name for one test."""
