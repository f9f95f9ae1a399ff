"""Placements that come as what happened, read as the spells of a file of spells (specification of `dst_bua`)."""

from collections import defaultdict

BEGINS, ENDS = {"0", "7", "7.5"}, {"5", "5.5"}
GOES_ON = {"1", "1.1", "2", "3", "7.2"}
SECTION_NOT_STATED = "199"


def of_events(raw: list[dict[str, str]], year: int) -> list[dict[str, str]]:
    """The rows as they are, or the spells of a file of events that have a day in the year."""
    if not raw or "HAENDELSE" not in raw[0]:
        return raw
    histories: dict[tuple[str, str], list[tuple[str, int, str]]] = defaultdict(list)
    for row in raw:
        code = row["HAENDELSE"]
        # on one day an end comes first, then what begins, then what goes on
        turn = 0 if code in ENDS else 1 if code in BEGINS else 2
        if code in BEGINS | ENDS | GOES_ON:
            histories[row["PNR"], row["HKOM"]].append((row["HAENDELSESDATO"], turn, code))
    found = []
    for (person, municipality), happened in histories.items():
        for start, end in _spells(sorted(happened)):
            if not end or end >= f"{year}-01-01":
                found.append(
                    {
                        "PNR": person,
                        "PGF": SECTION_NOT_STATED,
                        "SAG_VFRA": start,
                        "SAG_VTIL": end,
                        "SLUTGRUND": "",
                        "HKOM": municipality,
                    }
                )
    return found


def _spells(happened: list[tuple[str, int, str]]) -> list[tuple[str, str]]:
    """First and last day of each placement; the last is empty while it goes on."""
    spells, since = [], ""
    for day, _, code in happened:
        if code in ENDS and since:
            spells.append((since, day))
            since = ""
        elif code not in ENDS and not since:
            since = day
    return [*spells, (since, "")] if since else spells
