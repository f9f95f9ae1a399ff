"""Reports for tests: of a release without deliveries, and of one in which figures of every kind were planted."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from handleplan_pipeline import report
from schemas.outputs.judgement import JUDGEMENT
from schemas.registry import all_contracts

DATABASE = "handleplan.duckdb"
FIGURES = "population_group = '{group}' AND year = {year} AND indicator_id = 'I01'"
STATES = {
    (2014, "minority"): (
        "value = 51.76056338028169, ci_low = 45.9, ci_high = 57.5, numerator = 147, denominator = 284, "
        "obs_status = 'A', missing_reason = 'none', data_kind = 'synthetic'"
    ),
    (2014, "danish"): (
        "value = 64.03415154749199, ci_low = 60.9, ci_high = 67.0, numerator = 600, denominator = 937, "
        "obs_status = 'A', missing_reason = 'none', data_kind = 'synthetic'"
    ),
    (2013, "minority"): "obs_status = 'Q', conf_status = 'C', missing_reason = 'suppressed', data_kind = 'synthetic'",
    (2013, "danish"): "obs_status = 'Q', conf_status = 'C', missing_reason = 'suppressed', data_kind = 'synthetic'",
    (2012, "minority"): "obs_status = 'L', missing_reason = 'not_collected'",
    (2012, "danish"): "obs_status = 'M', missing_reason = 'not_applicable'",
    (2010, "minority"): (
        "value = 0.0, ci_low = 0.0, ci_high = 7.1, numerator = 0, denominator = 50, obs_status = 'A', "
        "missing_reason = 'none', data_kind = 'synthetic'"
    ),
}
"""Five states that must look different (AC-13): hidden, not collected, not delivered (2011), not applicable, zero."""
READING = {
    "goal": 1,
    "indicator_id": "I01",
    "year": 2014,
    "population_group": "minority",
    "reference_group": "danish",
    "quantity": "difference",
    "unit": "percentage points",
    "baseline_unit": "percentage points",
    "change_unit": "percentage points",
    "estimate": -12.27,
    "lower90": -17.76,
    "upper90": -6.77,
    "limit_value": -10.0,
    "baseline_year": 2010,
    "due": True,
    "result": "not_met",
    "result_adjusted": "not_met",
    "adjusted_value": -12.3,
    "trend": "worse",
    "rule_id": "parity-newcombe90",
    "rule_version": "1",
    "data_kind": "synthetic",
}


def folder_with(source: Path, target: Path, statements: Sequence[str] = ()) -> Path:
    """A folder with the database of the release `source` in which SQL statements were run."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / DATABASE, target / DATABASE)
    with duckdb.connect(str(target / DATABASE)) as con:
        for s in statements:
            con.execute(s)
    return target


GOAL_1 = "goal_01_ninth_grade"
SAID = (
    (
        "headline",
        "Færre unge med minoritetsbaggrund end med dansk oprindelse gennemførte 9. klasse: 51,8 pct. mod 64,0 pct.",
        "Fewer young people of minority background than of Danish origin completed 9th grade: 51.8% against 64.0%.",
    ),
    (
        "why",
        "Forskellen er 12,3 procentpoint; intervallet er 6,8–17,8.",
        "The difference is 12.3 percentage points; the interval is 6.8–17.8.",
    ),
)
"""What is said of goal 1 in 2014, its numbers in `numbers_of_goal_1`."""


def _inserted(table: str, row: dict[str, object]) -> str:
    columns = ", ".join(f'"{c}"' for c in row)
    values = ", ".join("NULL" if v is None else f"'{v}'" if isinstance(v, str) else str(v) for v in row.values())
    return f"INSERT INTO {table} ({columns}) VALUES ({values})"


def _row_of(group: str) -> str:
    """The id of the headline row of a group in 2014, from its key."""
    names = all_contracts()[("goal", GOAL_1)]
    row = dict.fromkeys(names.column_names) | {
        "goal": 1,
        "indicator_id": "I01",
        "year": 2014,
        "geography": "101",
        "population_group": group,
        "ancestry": "total",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "definition_version": "1",
    }
    return names.row_id(row)


def numbers_of_goal_1(reading: str) -> list[dict[str, object]]:
    """Slots of `SAID`: part, name, table, row, column, value, transform, both texts."""
    minority, danish = _row_of("minority"), _row_of("danish")
    slots = [
        (1, "v1", "goal", GOAL_1, minority, "value", 51.76056338028169, "none", "51,8", "51.8"),
        (1, "v0", "goal", GOAL_1, danish, "value", 64.03415154749199, "none", "64,0", "64.0"),
        (2, "d", "output", "judgement", reading, "estimate", -12.27, "abs", "12,3", "12.3"),
        (2, "d_low", "output", "judgement", reading, "upper90", -6.77, "abs", "6,8", "6.8"),
        (2, "d_high", "output", "judgement", reading, "lower90", -17.76, "abs", "17,8", "17.8"),
    ]
    names = (
        "part",
        "slot",
        "table_schema",
        "table_name",
        "row_id",
        "column_name",
        "value",
        "transform",
        "text_da",
        "text_en",
    )
    return [
        {"goal": 1, "year": 2014, "decimals": 1, "position": n} | dict(zip(names, s, strict=True))
        for n, s in enumerate(slots, 1)
    ]


def planted() -> list[str]:
    """Statements that make goal 1 measured with synthetic figures: one year judged, others in every other state."""
    table = f"goal.{GOAL_1}"
    found = [
        f"UPDATE {table} SET {what} WHERE {FIGURES.format(group=group, year=year)}"
        for (year, group), what in STATES.items()
    ]
    reading: dict[str, object] = READING | {"release_id": "r"}
    reading["row_id"] = JUDGEMENT.row_id(dict.fromkeys(JUDGEMENT.column_names) | reading)
    found.append(_inserted("output.judgement", reading))
    found.append(
        "UPDATE output.goal_status SET measurability = 'measurable', badge = 'not_met', result = 'not_met', "
        "trend = 'worse', missing_reason = 'none', data_kind = 'synthetic' WHERE goal = 1 AND year = 2014"
    )
    found += [f"DELETE FROM output.{t} WHERE goal = 1 AND year = 2014" for t in ("statement", "statement_number")]
    for part, (layer, da, en) in enumerate(SAID, 1):
        row = {"goal": 1, "year": 2014, "part": part, "layer": layer, "statement_id": f"planted_{layer}"}
        row |= {"text_da": da, "text_en": en, "row_id": f"{part:010x}", "release_id": "r"}
        found.append(_inserted("output.statement", row))
    numbers = numbers_of_goal_1(str(reading["row_id"]))
    found += [_inserted("output.statement_number", n | {"release_id": "r"}) for n in numbers]
    return [*found, "UPDATE meta.release SET holds_synthetic = true"]


def reported(folder: Path) -> Path:
    """Writes the report into a folder with a database."""
    report.write(folder)
    return folder
