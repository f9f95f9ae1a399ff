"""Made tables of StatBank for one municipality and the country. No figure is real."""

import polars as pl


def municipal_tables(guilty_kind: str = "official") -> tuple[pl.DataFrame, pl.DataFrame]:
    """SYNTHETIC. In each sex 30 Danish and 10 of foreign origin found guilty, of 100 of each age and ancestry."""
    guilty = [
        {"omraade": area, "koen": sex, "alder": band, "herkomst1": origin, "year": 2010, "value": n}
        for area, factor in (("101", 1), ("000", 50))
        for sex in ("M", "K")
        for band, of_band in (("15-29", 1), ("30-49", 7), ("TOT", 9))
        for origin, of_origin in (("1", 30), ("6", 10))
        for n in [factor * of_band * of_origin]
    ]
    people = [
        {"omraade": area, "koen": sex, "alder": str(age), "herkomst": ancestry, "year": 2010, "value": 100}
        for area in ("101", "000")
        for sex in ("1", "2")
        for age in range(126)
        for ancestry in ("1", "24", "25", "34", "35")
    ]
    made = [pl.DataFrame(x).with_columns(data_kind=pl.lit("official")) for x in (guilty, people)]
    return made[0].with_columns(data_kind=pl.lit(guilty_kind)), made[1]
