"""Sources: a confidential table per declared delivery, made from what was delivered; what is not in order is a check.

One module for all of them: they differ in their declarations (`schemas/sources/`) and in nothing else.
"""

from collections.abc import Iterator

import dagster as dg

from handleplan_pipeline.graph.arguments import contract_checks, delivered_check, table_asset
from handleplan_pipeline.graph.outputs import delivered_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.scope import Scope
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.national import others_first
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery


def source_asset(delivery: Delivery) -> dg.AssetsDefinition:
    """The source asset of one declared delivery. Rows of persons come after the changed person numbers."""
    linked = delivery.person_variable is not None and not delivery.links_persons

    @dg.asset(
        **table_asset(delivery.table),
        check_specs=[delivered_check(delivery)],
        deps=[
            ["source", s] for s in {**({LINKS.source: 1} if linked else {}), **dict.fromkeys(others_first(delivery))}
        ],
    )
    def delivered(
        context: dg.AssetExecutionContext, sources: SourcesResource, scope: Scope
    ) -> Iterator[dg.Output[CheckedTable] | dg.AssetCheckResult]:
        yield from delivered_output(
            context, sources, delivery, LINKS.table if linked else None, scope.looks_into(delivery.source)
        )

    assert isinstance(delivered, dg.AssetsDefinition)
    return delivered


DELIVERIES = [delivery_of(source) for source in delivered_sources()]
LINKS = next(d for d in DELIVERIES if d.links_persons)
"""The delivery of changed person numbers."""
SOURCES = [source_asset(delivery) for delivery in DELIVERIES]
CHECKS = contract_checks(*(delivery.table for delivery in DELIVERIES))
