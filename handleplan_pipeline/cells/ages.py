"""Age on 1 January, the reference day of Statistics Denmark's population and of every count here."""


def on_1_january(year: str) -> str:
    """SQL: whole years on 1 January of a year, by the column `birth_date`; a birthday on that day counts."""
    return f"({year} - year(birth_date) - case when month(birth_date) = 1 and day(birth_date) = 1 then 0 else 1 end)"
