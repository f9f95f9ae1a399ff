"""How many rows of a file may be set aside, or be of another period or of nobody, before the whole file is refused."""

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import Delivery

OUTSIDE_PERIOD = "outside_period"
WITHOUT_PERSON = "without_person"
"""A good row of nobody in particular: it stands in the account of rows and is counted as no person."""


def allowed(share: float, rows: int) -> float:
    """How many rows a share allows, and a handful in a small file, but never most of it."""
    return max(share * rows, min(limit("few_rows_broken"), rows / 2))


def require_few_without_person(nobodys: int, rows: int, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused where more rows than is usual in the source have no person number."""
    share = delivery.without_person or 0.0
    if nobodys > allowed(share, rows):
        raise DeliveryRefused(
            WITHOUT_PERSON,
            f"{manifest.file}: {nobodys} of {rows} rows have no person number, more than the {share:.0%} that is usual "
            f"in {delivery.source}. Ask the supplier whether the numbers were left out.",
        )


def require_few_set_aside(
    counts: dict[str, int], noted: dict[str, int], rows: int, delivery: Delivery, manifest: Manifest
) -> None:
    """Raise DeliveryRefused where more rows break a rule than may be set aside; names the rules, the largest first."""
    total = sum(counts.values())
    if total <= allowed(delivery.max_set_aside, rows):
        return
    worst = "; ".join(f"{n}: {k}" for n, k in [*sorted(counts.items(), key=lambda x: -x[1]), *sorted(noted.items())])
    rule = "period" if counts.get(OUTSIDE_PERIOD, 0) * 2 > total else "row_rules"
    raise DeliveryRefused(
        rule,
        f"{manifest.file}: {total} of {rows} rows break a rule, more than the {delivery.max_set_aside:.0%} that "
        f"may be set aside ({worst}). The declared period is {manifest.period}; correct the file and deliver it anew.",
    )


def require_of_the_period(counts: dict[str, int], rows: int, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused where a small file's handful of rows of another period is too much of it.

    A handful of broken rows is chance in a small file; a handful of rows of other years is another year's file.
    """
    outside = counts.get(OUTSIDE_PERIOD, 0)
    share = limit("outside_period_share")
    if outside > max(delivery.max_set_aside, share) * rows:
        raise DeliveryRefused(
            "period",
            f"{manifest.file}: {outside} of {rows} rows lie outside {manifest.period}, more than the {share:.0%} that "
            "a small file may have. Is it another year's file? Deliver that under its own period, or correct the rows.",
        )
