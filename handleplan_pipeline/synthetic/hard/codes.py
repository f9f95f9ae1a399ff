"""Which codes a hard city must hold: every one that is valid on a day of the year of its file."""

from handleplan_pipeline.sources.codes import closed_lists


def listed(source: str, variable: str, year: int) -> list[str]:
    """The codes of a variable in a file of `year`; a code that stands for a whole chapter is no code itself."""
    return [
        c.code
        for found in closed_lists(source, variable)
        for c in found.in_year(year)
        if found.digits is None or len(c.code) == found.digits
    ]


def chapters(source: str, variable: str, year: int) -> list[str]:
    """A code of every chapter whose codes are not listed one by one."""
    return [
        c.code.ljust(found.digits, "5")
        for found in closed_lists(source, variable)
        for c in found.in_year(year)
        if found.digits is not None and len(c.code) < found.digits
    ]
