"""What a table is called: the titles of goals, overall indicators, baselines and deliveries, which only stand here."""

from handleplan_pipeline.catalogue import Catalogue
from schemas.contract import TableContract

Titles = tuple[str, str]
"""Danish and English."""


def titles(catalogue: Catalogue) -> dict[str, Titles]:
    """Titles by the name of the table that holds the thing: its slug or the id of the source."""
    plan = catalogue.plan
    of_goals = {g.slug: (g.title_da, g.title_en) for g in plan.goals}
    named = of_goals | {o.slug: (o.title_da, o.title_en) for o in plan.overall}
    of_baselines = {b.slug: catalogue.indicator(b.indicator) for b in plan.baselines}
    delivered = {s.id: (s.title_da, s.title_en) for s in catalogue.sources if s.kind == "delivery"}
    return named | {slug: (i.title_da, i.title_en) for slug, i in of_baselines.items()} | delivered


def described(catalogue: Catalogue, contract: TableContract) -> Titles:
    """The contract's description, after the title where the catalogue has one."""
    da, en = contract.description_da, contract.description_en
    title = titles(catalogue).get(contract.name)
    return (da, en) if title is None else (f"{title[0]}. {da}", f"{title[1]}. {en}")
