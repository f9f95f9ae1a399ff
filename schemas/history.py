"""Contracts of schema history: what each release said, one row per wording of a row and the releases it stood in."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.observation import OBSERVATION

FIRST = c.text(
    "first_release_id",
    "Første udgivelse",
    "First release",
    "Første udgivelse med rækken.",
    "First release with the row.",
)
LAST = c.text(
    "last_release_id", "Sidste udgivelse", "Last release", "Sidste udgivelse med rækken.", "Last release with the row."
)
WITHHELD = c.flag(
    "withheld",
    "Gentages ikke",
    "Not repeated",
    "Udgivelsen viste tallet, men rækken er skjult i dag; tallet står kun i den udgivelse, linjen nævner.",
    "The release showed the figure, and the row is not shown today; it stands only in the release the line names.",
)


def _history(contract: TableContract) -> TableContract:
    return TableContract(
        "history",
        contract.name,
        f"{contract.title_da}, alle udgivelser",
        f"{contract.title_en}, all releases",
        f"{contract.description_da} Hver række som den stod, med den første og den sidste udgivelse, den stod i.",
        f"{contract.description_en} Each row as it stood, with the first and the last release it stood in.",
        (*contract.columns, WITHHELD, FIRST, LAST),
        (*contract.key, "first_release_id"),
        contract.table_rules,
        public=True,
    )


HISTORY = (_history(OBSERVATION), _history(GOAL_STATUS))
