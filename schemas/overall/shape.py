"""The shape of an overall indicator: the columns of a goal, because it is a goal's figure shown a second time."""

from schemas.contract import TableContract
from schemas.goals.shape import OBSERVATION_COLUMNS, OBSERVATION_KEY, OBSERVATION_RULES


def overall_contract(slug: str) -> TableContract:
    """The contract of one overall indicator; its title is the catalogue's (`catalogue.titles`)."""
    number = int(slug.split("_")[1])
    return TableContract(
        "overall",
        slug,
        f"Overordnet indikator {number}",
        f"Overall indicator {number}",
        f"Overordnet indikator {number}. Samme tal som resultatmålet; beregnet én gang, vist to gange.",
        f"Overall indicator {number}. The same figures as the result goal; computed once, shown twice.",
        OBSERVATION_COLUMNS,
        OBSERVATION_KEY,
        OBSERVATION_RULES,
        min_rows=1,
        public=True,
    )
