"""Who of those a source names is a man by the population: one SQL for every definition that counts women."""

from handleplan_pipeline.cells.tabulate import LOOK_BACK_YEARS


def men(table: str, day: str) -> str:
    """SQL: person and year of those of `table` whose population row of that year, or the latest before it, says men.

    Who was in no population yet is no man: the source says that it is about women.
    """
    return f"""(
        select event.person, year(event.{day}) as year
        from {table} as event
        join person on person.person = event.person
                   and person.year between year(event.{day}) - {LOOK_BACK_YEARS} and year(event.{day})
        group by event.person, year(event.{day})
        having max_by(person.sex, person.year) = 'men'
    )"""
