"""Reports for tests: of a release without deliveries, and of one in which figures of every kind were planted."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from handleplan_pipeline import report
from schemas.outputs.judgement import JUDGEMENT

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


def planted() -> list[str]:
    """Statements that make goal 1 measured with synthetic figures: one year judged, others in every other state."""
    table = "goal.goal_01_ninth_grade"
    found = [
        f"UPDATE {table} SET {what} WHERE {FIGURES.format(group=group, year=year)}"
        for (year, group), what in STATES.items()
    ]
    row = READING | {"release_id": "r"}
    row["row_id"] = JUDGEMENT.row_id(dict.fromkeys(JUDGEMENT.column_names) | row)
    columns = ", ".join(f'"{c}"' for c in row)
    values = ", ".join("NULL" if v is None else f"'{v}'" if isinstance(v, str) else str(v) for v in row.values())
    found.append(f"INSERT INTO output.judgement ({columns}) VALUES ({values})")
    found.append(
        "UPDATE output.goal_status SET measurability = 'measurable', badge = 'not_met', result = 'not_met', "
        "trend = 'worse', missing_reason = 'none', data_kind = 'synthetic' WHERE goal = 1 AND year = 2014"
    )
    found.append("UPDATE meta.release SET holds_synthetic = true")
    return found


def reported(folder: Path) -> Path:
    """Writes the report into a folder with a database."""
    report.write(folder)
    return folder
