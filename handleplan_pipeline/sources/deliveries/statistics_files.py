"""SAS, SPSS and Stata files: values as stored, codes and not labels; columns that show no day are named."""

import re
from pathlib import Path

import polars as pl

from handleplan_pipeline.sources.deliveries.caps import require_shape
from handleplan_pipeline.sources.deliveries.statistics_headers import header_rows

STATA_PERIOD = re.compile(r"%-?[0-9]*t([wmqhyb]).*")
"""Weeks, months, quarters, half-years, years and business days: the number counts these, not days."""
SAS_PERIOD = re.compile(
    r"(DT|NLDT|NLDATE|EURDF)?(MONYY|MMYY[CDNPS]?|YYMM[CDNPS]?|YYMON|YYWEEK[UVW]|YYQR?[CDNPSXZ]?|QTRR?|YEAR|MY|YM|YQ|YW|YR|MN|"
    r"MONTH|MONNAME|WEEK[UVW]|WEEKDAY|DOWNAME|WKDATE|WN|DN|DAY|JULDAY)"
)
"""Formats that show a month, a quarter, a year, a week or a weekday of a date: the day beneath was never looked at."""
SPSS_PERIOD = {26: "WKDAY", 27: "MONTH", 28: "MOYR", 29: "QYR", 30: "WKYR"}
"""SPSS print formats by their number; the value is the first second of the period."""
STATA_EPOCH = pl.date(1960, 1, 1)


def read_statistics(path: Path, kind: str, file: str) -> tuple[pl.DataFrame, int, list[str]]:
    """Values, the header's own count of rows, and the columns formatted as something longer or other than a day."""
    from polars_readstat import ScanReadstat, read_readstat

    rows = header_rows(path, kind, file)
    about = ScanReadstat(str(path))
    require_shape(file, rows, len(about.schema))
    frame = read_readstat(str(path), preserve_order=True)
    assert isinstance(frame, pl.DataFrame)
    described = about.metadata_df.select("name", "format", "format_type").rows()
    years = [n for n, f, _ in described if kind == "dta" and _stata_unit(f) == "y"]
    # the library takes years for days since 1960; turned back, nothing is lost
    frame = frame.with_columns((pl.col(n) - STATA_EPOCH).dt.total_days() for n in years if frame.schema[n] == pl.Date)
    return frame, rows, [n for n, f, t in described if _is_period(kind, f, t)]


def _stata_unit(shown: str | None) -> str | None:
    found = STATA_PERIOD.fullmatch(shown or "")
    return found[1] if found else None


def _is_period(kind: str, shown: str | None, number: int | None) -> bool:
    if kind == "dta":
        return _stata_unit(shown) is not None
    if kind == "sav":
        return number in SPSS_PERIOD
    return bool(SAS_PERIOD.fullmatch((shown or "").rstrip("0123456789.").upper()))
