"""Contract of all series in one long table."""

from schemas.contract import TableContract
from schemas.goals.shape import OBSERVATION_COLUMNS, OBSERVATION_KEY, OBSERVATION_RULES

OBSERVATION = TableContract(
    "output",
    "observation",
    "Alle observationer",
    "All observations",
    "Alle serier fra de 11 resultatmål i én lang tabel.",
    "All series of the 11 result goals in one long table.",
    OBSERVATION_COLUMNS,
    OBSERVATION_KEY,
    OBSERVATION_RULES,
    min_rows=11,
    public=True,
)
