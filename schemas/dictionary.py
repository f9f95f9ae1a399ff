"""What the dictionary says of a column beyond its words: its list of codes, its unit, its decimals, its source.

A name means the same in every table, so most of it is said once, by name; what one table says otherwise stands under
the table's name, and what a column declares of itself comes first.
"""

from dataclasses import dataclass

from schemas.contract import Column, TableContract

NUMBERS = ("DOUBLE", "INTEGER", "BIGINT")
OF_ROWS = "meta.lineage"
"""Where the figures of a row come from is a table of its own."""

CODE_LISTS: dict[str, str] = {
    "caveats": "meta.caveat.id",
    "companion": "quantity",
    "comparison": "contrast",
    "conf_status": "conf_status",
    "covariates": "covariate",
    "adjustment": "covariate",
    "collapsed": "covariate",
    "covariates_missing": "covariate",
    "delivery_id": "meta.delivery.delivery_id",
    "headline_age_group": "age_group",
    "headline_geography": "geography",
    "headline_indicators": "meta.indicator.indicator_id",
    "headline_sex": "sex",
    "indicator_id": "meta.indicator.indicator_id",
    "indicators": "meta.indicator.indicator_id",
    "parent": "meta.indicator.indicator_id",
    "population_groups": "population_group",
    "reference_group": "population_group",
    "release_id": "meta.release.release_id",
    "result_adjusted": "result",
    "result_sensitivity": "result",
    "rule_id": "meta.rule.rule_id",
    "slope_method": "ci_method",
    "comparison_method": "ci_method",
    "source_id": "source.published_source.source_id",
    "unknown_in_group": "result",
    "unknown_in_reference": "result",
    "age_group": "age_group",
    "ci_method": "ci_method",
    "criteria_version": "definition_version",
    "definition_version": "definition_version",
    "direction": "direction",
    "geography": "geography",
    "rule_version": "rule_version",
    "target_type": "target_type",
    "from_state": "release_state",
    "to_state": "release_state",
    "trust_tier": "trust_tier",
    "unit": "unit",
    "margin_unit": "margin_unit",
    "theme": "theme",
    "colour": "colour",
    "subgroup": "subgroup",
    "alder": "statbank_age",
    "herkomst": "statbank_ancestry",
    "herkomst1": "statbank_ancestry",
    "koen": "statbank_sex",
    "omraade": "geography",
    "overtraed": "statbank_offence",
}
"""List by column: the name of a list in `meta.code_list`, or schema.table.column where the codes are rows of a table.

A column that declares codes and stands nowhere here has the list of its own name. Lists in one text are separated by
semicolons, and each part is a code."""

OF_TABLE: dict[tuple[str, str], str] = {
    ("meta.release_event", "release_id"): "",
    ("baseline.baseline_homelessness", "quantity"): "baseline_quantity",
    ("baseline.baseline_psychiatry", "quantity"): "baseline_quantity",
    ("baseline.baseline_homelessness", "source_id"): "",
    ("baseline.baseline_psychiatry", "source_id"): "",
    ("output.context_figure", "source_id"): "",
    ("meta.goal", "remarks"): "meta.remark.id",
    ("meta.activity", "remarks"): "meta.remark.id",
    ("output.judgement", "remarks"): "remark",
    ("output.judgement", "method"): "ci_method",
    ("output.contrast", "method"): "ci_method",
    ("output.background", "method"): "background_method",
    ("output.background", "state"): "background_state",
    ("output.disclosure_given_up", "what"): "given_up",
    ("output.disclosure_given_up", "why"): "given_up_because",
    ("output.disclosure_reason", "reason"): "disclosure_reason",
    ("meta.activity", "id"): "",
    ("meta.check", "outcome"): "check_outcome",
    ("meta.check", "rule"): "meta.check_rule.rule",
    ("meta.delivery", "source"): "meta.source.id",
    ("meta.delivery", "state"): "delivery_state",
    ("meta.lineage", "source"): "meta.source.id",
    ("meta.lineage", "source_id"): "",
    ("meta.indicator", "kind"): "indicator_kind",
    ("meta.indicator", "sources"): "meta.source.id",
    ("meta.plan_figure", "unit"): "unit",
    ("meta.precondition", "kind"): "precondition_kind",
    ("meta.precondition", "state"): "precondition",
    ("meta.question", "kind"): "question_kind",
    ("meta.release", "kind"): "release_kind",
    ("meta.rule", "type"): "target_type",
    ("meta.vintage", "kind"): "release_kind",
    ("meta.vintage", "release_id"): "",
    ("meta.rule", "version"): "rule_version",
    ("meta.rule_outcome", "version"): "rule_version",
    ("meta.rule_outcome", "outcome"): "result",
    ("meta.source", "access"): "access",
    ("meta.source", "kind"): "source_kind",
    ("meta.source", "sensitivity"): "sensitivity",
    ("source.exposed_area_list", "state"): "list_state",
    ("source.homelessness_count", "subgroup"): "",
    ("source.statbank_context", "delivery_id"): "",
    ("source.statbank_folk1e", "delivery_id"): "",
    ("source.statbank_folk1e_all", "delivery_id"): "",
    ("source.statbank_strafna6", "delivery_id"): "",
    ("source.statbank_strafna7", "delivery_id"): "",
    ("source.statbank_strafna9", "delivery_id"): "",
    ("source.homelessness_count", "unit"): "printed_unit",
    ("source.section_110_statistics", "unit"): "printed_unit",
    ("source.exposed_area_criteria", "unit"): "printed_unit",
    ("source.exposed_area_citizenship", "unit"): "printed_unit",
    ("source.high_risk_department", "measure"): "printed_measure",
    ("source.homelessness_count", "measure"): "printed_measure",
    ("source.section_110_statistics", "measure"): "printed_measure",
    ("source.homelessness_count", "flags"): "meta.caveat.id",
    ("source.section_110_statistics", "flags"): "meta.caveat.id",
    ("source.exposed_area_count", "flags"): "meta.caveat.id",
}

UNITS: dict[str, str] = {
    "age_days": "days",
    "grace_days": "days",
    "late_by_days": "days",
    "baseline_year": "year",
    "confidence": "share",
    "conflicts": "figures",
    "data_year": "year",
    "decimals": "decimals",
    "decision_year": "year",
    "delivery_number": "number",
    "denominator": "counted",
    "equivalence_p": "share",
    "events_ref": "persons",
    "expected": "share",
    "failed_rows": "rows",
    "gap_adjusted": "share",
    "gap_crude": "share",
    "gap_explained": "share",
    "gap_lower90": "share",
    "gap_lower95": "share",
    "gap_upper90": "share",
    "gap_upper95": "share",
    "given_up_rows": "rows",
    "goal": "number",
    "line": "number",
    "hidden_percent": "percent",
    "hidden_rows": "rows",
    "n": "persons",
    "n_ref": "persons",
    "noninferiority_p": "share",
    "number": "number",
    "numerator": "counted",
    "observed": "share",
    "oe_index": "ratio",
    "page": "number",
    "params": "parameters",
    "part": "number",
    "period": "year",
    "position": "number",
    "power": "share",
    "ratio": "ratio",
    "ratio_lower90": "ratio",
    "ratio_lower95": "ratio",
    "ratio_upper90": "ratio",
    "ratio_upper95": "ratio",
    "received_rows": "rows",
    "reference_share": "share",
    "rows": "rows",
    "set_aside_rows": "rows",
    "slope_p": "share",
    "slot": "number",
    "tested_rows": "rows",
    "trust_tier": "number",
    "unknown_in_group_lower90": "ratio",
    "unknown_in_group_upper90": "ratio",
    "unknown_in_reference_lower90": "ratio",
    "unknown_in_reference_upper90": "ratio",
    "vintage": "year",
    "year": "year",
    "year_from": "year",
    "year_to": "year",
}
UNIT_COLUMNS: dict[str, str] = {
    "baseline_first_value": "unit",
    "baseline_last_value": "unit",
    "baseline_value": "baseline_unit",
    "ci_high": "unit",
    "ci_low": "unit",
    "comparison_change": "comparison_unit",
    "comparison_change_ci_high": "comparison_unit",
    "comparison_change_ci_low": "comparison_unit",
    "comparison_ci_high": "comparison_unit",
    "comparison_ci_low": "comparison_unit",
    "comparison_value": "comparison_unit",
    "adjusted_ci_high": "unit",
    "adjusted_ci_low": "unit",
    "adjusted_lower90": "unit",
    "adjusted_upper90": "unit",
    "adjusted_value": "unit",
    "change": "change_unit",
    "change_ci_high": "unit",
    "change_ci_low": "unit",
    "change_lower": "change_unit",
    "change_upper": "change_unit",
    "companion_lower": "companion_unit",
    "companion_upper": "companion_unit",
    "companion_value": "companion_unit",
    "estimate": "unit",
    "limit_value": "unit",
    "lower90": "unit",
    "lower95": "unit",
    "margin": "margin_unit",
    "margin_sensitivity": "margin_unit",
    "minimum_detectable": "unit",
    "threshold": "unit",
    "upper90": "unit",
    "upper95": "unit",
    "value": "unit",
}
"""The column of the same table that says the unit of each row; where there is none of this name, `unit` does."""
UNITS_OF_TABLE: dict[tuple[str, str], str] = {
    ("meta.revision", "old_value"): "as_in_the_row",
    ("meta.revision", "new_value"): "as_in_the_row",
    ("meta.revision", "size"): "as_in_the_row",
    ("output.statement_number", "value"): "as_in_the_row",
    ("source.statbank_context", "value"): "as_in_the_row",
    ("source.exposed_area_count", "value"): "areas",
    ("source.high_risk_department", "value"): "as_in_the_row",
}

DECIMALS: dict[str, int] = {
    "hidden_percent": 1,
    "power": 2,
    "confidence": 2,
    "slope_p": 3,
    "equivalence_p": 3,
    "noninferiority_p": 3,
    "minimum_detectable": 2,
    "margin": 2,
    "margin_sensitivity": 2,
    "oe_index": 2,
    "observed": 3,
    "expected": 3,
    "reference_share": 3,
}
"""Decimals a number is printed with. Of a figure of an indicator, `meta.indicator.decimals` says so, and a ratio has
two."""

SOURCES: dict[str, str] = {
    "goal": OF_ROWS,
    "overall": OF_ROWS,
    "baseline": OF_ROWS,
    "output": OF_ROWS,
    "history": "output",
    "meta": "catalogue",
    "source": "source.published_source",
}
"""Where the columns of a schema come from."""
SOURCES_OF_TABLE: dict[str, str] = {
    "meta.check": "the release",
    "meta.column": "the contracts of the tables",
    "meta.delivery": "the receipts of deliveries",
    "meta.lineage": "the definitions and the receipts of deliveries",
    "meta.release": "the release",
    "meta.mean_revision": "history.observation",
    "meta.revision": "the release and the one before",
    "meta.vintage": "the release and those before",
    "meta.run": "the release",
    "output.disclosure_given_up": "the suppression plan",
    "output.disclosure_loss": "the suppression plan",
    "output.disclosure_reason": "the suppression plan",
    "output.goal_status": "output.judgement",
    "output.judgement": "output.observation",
    "output.statement": "output.judgement",
    "output.statement_number": "output.judgement",
    "output.contrast": "output.observation",
    "output.observation": OF_ROWS,
    "source.statbank_code": "Statistics Denmark, StatBank",
    "source.statbank_context": "Statistics Denmark, StatBank",
    "source.statbank_folk1e": "Statistics Denmark, StatBank FOLK1E",
    "source.statbank_folk1e_all": "Statistics Denmark, StatBank FOLK1E",
    "source.statbank_strafna6": "Statistics Denmark, StatBank STRAFNA6",
    "source.statbank_strafna7": "Statistics Denmark, StatBank STRAFNA7",
    "source.statbank_strafna9": "Statistics Denmark, StatBank STRAFNA9",
}
OUR_TRANSLATION = "our translation"
"""Source of the English of the plan's own words."""
MADE_BY_THE_RELEASE = ("row_id", "release_id", "first_release_id", "last_release_id", "first_shown_in")


@dataclass(frozen=True)
class About:
    """What the dictionary says of one column; None where there is nothing to say."""

    code_list: str | None
    unit: str | None
    unit_column: str | None
    decimals: int | None
    source: str


def about(contract: TableContract, column: Column, names: frozenset[str]) -> About:
    """What the dictionary says of a column of a table with these column names."""
    # a line of history is a row of the table it is the history of
    table = f"output.{contract.name}" if contract.layer == "history" else contract.full_name
    unit, unit_column = _unit(table, column, names)
    return About(
        _code_list(table, column),
        unit,
        unit_column,
        column.decimals if column.decimals is not None else DECIMALS.get(column.name),
        _source(contract, column),
    )


def _code_list(table: str, column: Column) -> str | None:
    if column.code_list:
        return column.code_list
    own = column.name if column.codes else ""
    return OF_TABLE.get((table, column.name), CODE_LISTS.get(column.name, own)) or None


def _unit(table: str, column: Column, names: frozenset[str]) -> tuple[str | None, str | None]:
    """The unit, or the column that says it."""
    if column.sql_type not in NUMBERS:
        return column.unit or None, None
    if column.unit_column:
        return None, column.unit_column
    if (table, column.name) in UNITS_OF_TABLE:
        return UNITS_OF_TABLE[table, column.name], None
    if column.name in UNIT_COLUMNS and not column.unit:
        of_row = next((n for n in (UNIT_COLUMNS[column.name], "unit") if n in names), None)
        if of_row is not None:
            return None, of_row
    return column.unit or UNITS.get(column.name), None


def _source(contract: TableContract, column: Column) -> str:
    if column.source:
        return column.source
    if column.name in MADE_BY_THE_RELEASE:
        return "the release"
    return SOURCES_OF_TABLE.get(contract.full_name, SOURCES.get(contract.layer, contract.layer))
