"""When every source was expected and when it came; late ones are what somebody has to ask for."""

from collections import Counter

import dagster as dg

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.expected import calendar
from schemas.outputs.delivery_calendar import DELIVERY_CALENDAR
from schemas.registry import delivered_sources


@dg.asset(**table_asset(DELIVERY_CALENDAR), deps=[dg.AssetKey(["source", s]) for s in delivered_sources()])
def delivery_calendar(sources: SourcesResource) -> dg.Output[CheckedTable]:
    frame = DELIVERY_CALENDAR.conform(calendar(load_catalogue(), sources.place(), sources.today()))
    found = Counter(frame["arrival"].to_list())
    table = "| arrival | rows |\n|---|---|\n" + "\n".join(f"| {k} | {n} |" for k, n in sorted(found.items()))
    return table_output(DELIVERY_CALENDAR, frame, arrivals=dg.MetadataValue.md(table))


CHECKS = contract_checks(DELIVERY_CALENDAR)
