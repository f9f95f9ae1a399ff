"""`output.observation` as SDMX-CSV 2.1: a row per observation, status and confidentiality beside the value."""

import re
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports.notice import notice
from handleplan_pipeline.exports.release import NO_CODE, Release, read
from schemas.languages import LANGUAGES

TABLE = "output.observation"
DATAFLOW = "KK:HANDLEPLAN_OBS(1.0.0)"
SEX = {"men": "M", "women": "F", "total": "_T", "unknown": "_U"}
WHOLE = {"total": "_T", "unknown": "_U"}
UNITS = {"percent": "PC", "persons": "PS"}
"""Units that SDMX has codes for; the others are their own, in capitals."""
MULTIPLIER = "0"
"""Values stand as they are, not in thousands."""
COLUMNS = (
    "STRUCTURE",
    "STRUCTURE_ID",
    "ACTION",
    "FREQ",
    "INDICATOR",
    "REF_AREA",
    "POPULATION_GROUP",
    "REFERENCE_GROUP",
    "ANCESTRY",
    "SEX",
    "AGE",
    "MEASURE",
    "TIME_PERIOD",
    "OBS_VALUE",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "DECIMALS",
    "OBS_STATUS",
    "CONF_STATUS",
    "LOWER",
    "UPPER",
    "NUMERATOR",
    "DENOMINATOR",
    "DATA_KIND",
    "MISSING_REASON",
    "DEFINITION_VERSION",
    "RELEASE",
)
_AGES = ((r"(\d+)-(\d+)", "Y{0}T{1}"), (r"(\d+)\+", "Y_GE{0}"), (r"(\d+)", "Y{0}"))
CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_@$-]*")


def age_code(age_group: str) -> str:
    """The SDMX code of an age group: `15-17` is Y15T17, `65+` is Y_GE65. Raises ReleaseError for one it cannot say."""
    if age_group in WHOLE:
        return WHOLE[age_group]
    for pattern, form in _AGES:
        if found := re.fullmatch(pattern, age_group):
            return form.format(*found.groups())
    raise ReleaseError(f"{TABLE}: age group {age_group} has no SDMX code; say it in exports/sdmx.py.")


def unit_code(unit: str) -> str:
    """The SDMX code of a unit: `per 1000` is PER_1000."""
    return UNITS.get(unit) or re.sub(r"[^A-Z0-9]+", "_", unit.upper())


def export(folder: Path) -> None:
    """Write `sdmx/observation.csv` and a README with what it must be read with."""
    release = read(folder)
    (folder / "sdmx").mkdir()
    observations(release).write_csv(folder / "sdmx" / "observation.csv", line_terminator="\r\n")
    parts = ["\n".join([*notice(release, n), f"SDMX-CSV 2.1, dataflow {DATAFLOW}."]) for n in LANGUAGES]
    (folder / "sdmx" / "README.txt").write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def observations(release: Release) -> pl.DataFrame:
    """The observations in the columns and codes of SDMX. Raises ReleaseError for a code SDMX cannot hold."""
    rows = release.tables[TABLE].rows
    ages = {a: age_code(a) for a in rows["age_group"].unique().to_list()}
    units = {u: unit_code(u) for u in rows["unit"].unique().to_list()}
    printed = [release.decimals(i, m) for i, m in rows.select("indicator_id", "measure").iter_rows()]

    def code(column: str) -> pl.Expr:
        return pl.col(column).fill_null(NO_CODE)

    made = rows.select(
        STRUCTURE=pl.lit("dataflow"),
        STRUCTURE_ID=pl.lit(DATAFLOW),
        ACTION=pl.lit("R"),
        FREQ=pl.lit("A"),
        INDICATOR="indicator_id",
        REF_AREA="geography",
        POPULATION_GROUP="population_group",
        REFERENCE_GROUP=code("reference_group"),
        ANCESTRY=pl.col("ancestry").replace(WHOLE),
        SEX=pl.col("sex").replace_strict(SEX),
        AGE=pl.col("age_group").replace_strict(ages),
        MEASURE="measure",
        TIME_PERIOD="year",
        OBS_VALUE="value",
        UNIT_MEASURE=pl.col("unit").replace_strict(units),
        UNIT_MULT=pl.lit(MULTIPLIER),
        DECIMALS=pl.Series(printed, dtype=pl.Int64),
        OBS_STATUS="obs_status",
        CONF_STATUS="conf_status",
        LOWER="ci_low",
        UPPER="ci_high",
        NUMERATOR="numerator",
        DENOMINATOR="denominator",
        DATA_KIND=code("data_kind"),
        MISSING_REASON="missing_reason",
        DEFINITION_VERSION="definition_version",
        RELEASE="release_id",
    )
    for name in ("INDICATOR", "REF_AREA", "POPULATION_GROUP", "MEASURE", "UNIT_MEASURE", "DEFINITION_VERSION"):
        if odd := [c for c in made[name].unique().to_list() if not CODE.fullmatch(c)]:
            raise ReleaseError(
                f"{TABLE}: {name} has {len(odd)} codes that SDMX cannot hold, the first {sorted(odd)[0]}."
            )
    return made.select(COLUMNS)
