"""Which areas are those of the baseline: a few rows, walked by hand for the peers that have no recursive SQL."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]


def of_baseline(
    asked: Iterable[tuple[str, str, date]], listed: Iterable[Row], changes: Iterable[Row], values: Mapping[str, Any]
) -> set[tuple[str, str, date]]:
    """Those of the `asked` areas (kind, key, day) that were on the baseline's list, renamed and merged ones too."""
    first, last = (date.fromisoformat(str(values[n])) for n in ("baseline_from", "baseline_to"))
    later = [c for c in changes if c["valid_from"] > first]

    def roots(kind: str, key: str, day: date) -> set[str]:
        found, waiting = set(), [(key, day)]
        while waiting:
            now, until = waiting.pop()
            mine = [c for c in later if c["area_kind"] == kind and c["valid_from"] <= until]
            gone = [c["valid_from"] for c in mine if c["old_key"] == now and c["new_key"] != now]
            found.add(f"{now} from {max(gone)}" if gone else now)
            waiting += [(c["old_key"], c["valid_from"] - timedelta(days=1)) for c in mine if c["new_key"] == now]
        return found

    def counts(row: Row) -> bool:
        if not row["listed"]:
            return False
        if row["area_kind"] == "exposed_area":
            return first <= row["status_date"] <= last and row["criteria_version"] == values["baseline_criteria"]
        return bool(row["year"] == values["fixed_year"])

    fixed = {
        (r["area_kind"], root)
        for r in listed
        if counts(r)
        for root in roots(r["area_kind"], r["area_key"], r["status_date"])
    }
    return {(k, a, d) for k, a, d in asked if any((k, root) in fixed for root in roots(k, a, d))}
