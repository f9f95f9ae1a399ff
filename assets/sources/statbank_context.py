"""Source: StatBank's tables of context in one long table; one that nobody has pulled has no rows in it."""

import dagster as dg
import polars as pl

from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.graph.statbank import StatBankResults, fresh_result, fresh_spec, not_pulled_result, with_origin
from handleplan_pipeline.sources.statbank.extracts import CONTEXT as EXTRACTS
from handleplan_pipeline.sources.statbank.extracts import Extract
from handleplan_pipeline.sources.statbank.parse import column_name
from handleplan_pipeline.sources.statbank.source import NotPulledError, StatBankTable
from schemas.sources.statbank_context import CONTEXT


def long_rows(extract: Extract, found: StatBankTable) -> pl.DataFrame:
    """The cells with their codes and StatBank's own words in one text each."""
    variables = [v for v in found.info.variables if not v.time]
    codes = [pl.format("{}={}", pl.lit(v.code), pl.col(column_name(v.code))) for v in variables]
    words = [pl.col(column_name(v.code)).replace_strict(v.texts, return_dtype=pl.String) for v in variables]
    return with_origin(extract, found).select(
        pl.lit(found.info.id).alias("table_id"),
        pl.concat_str(codes, separator=";").alias("cell"),
        pl.concat_str([w.str.strip_chars() for w in words], separator=", ").alias("label_en"),
        pl.col(column_name(extract.time_variable)).alias("tid"),
        "year",
        pl.col("value").cast(pl.Float64),
        "cell_state",
        "data_kind",
        "delivery_id",
    )


@dg.asset(**table_asset(CONTEXT, check_specs=[fresh_spec(CONTEXT)]))
def statbank_context(sources: SourcesResource) -> StatBankResults:
    source, answers = sources.statbank_source(), sources.statbank_answers()
    parts, read, missing = [CONTEXT.empty()], [], []
    for extract in EXTRACTS:
        try:
            found = source.fetch(extract, extract.wanted)
        except NotPulledError as e:
            missing.append(str(e))
            continue
        answers.note(extract, found.standing)
        parts.append(long_rows(extract, found))
        read.append(found)
    yield table_output(CONTEXT, pl.concat(parts), pulled=len(read), not_pulled=" ".join(missing))
    yield fresh_result(CONTEXT, read) if read else not_pulled_result(CONTEXT, sources, missing)


CHECKS = contract_checks(CONTEXT)
