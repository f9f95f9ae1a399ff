"""The declarations of deliveries by the id of their source."""

import importlib

from handleplan_pipeline.errors import ConfigurationError
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery


def delivery_of(source: str) -> Delivery:
    """The declaration of a source. Raises ConfigurationError, naming the ones there are."""
    # asked of the list, not of the file system: `source` may be anybody's text
    if source not in delivered_sources():
        raise ConfigurationError(f"No source {source!r}. Known: {', '.join(delivered_sources())}.")
    found = importlib.import_module(f"schemas.sources.{source}").DELIVERY
    assert isinstance(found, Delivery)
    return found
