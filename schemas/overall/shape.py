"""The shape of an overall indicator: the columns of a goal, because it is a goal's figure shown a second time."""

from schemas.contract import TableContract
from schemas.goals.shape import OBSERVATION_COLUMNS, OBSERVATION_KEY, OBSERVATION_RULES


def overall_contract(slug: str, title_da: str, title_en: str) -> TableContract:
    """The contract of one overall indicator."""
    return TableContract(
        "overall",
        slug,
        title_da,
        title_en,
        f"{title_da}. Samme tal som resultatmålet; beregnet én gang, vist to gange.",
        f"{title_en}. The same figures as the result goal; computed once, shown twice.",
        OBSERVATION_COLUMNS,
        OBSERVATION_KEY,
        OBSERVATION_RULES,
        min_rows=1,
        public=True,
    )
