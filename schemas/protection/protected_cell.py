"""Contract of the line: every cell as it may be printed. What publishes reads this table and no other count."""

from schemas.contract import TableContract
from schemas.goals.shape import CELL_COLUMNS, CELL_KEY, CELL_RULES

PROTECTED_CELL = TableContract(
    "protected",
    "cell",
    "Celler, som de må trykkes",
    "Cells as they may be printed",
    "Linjen: alle måls og baselines celler efter diskretionering. En skjult celle er blanked og har intet tal; alt, "
    "der offentliggøres, er regnet af disse tal. Tabellen bliver i søen og indeholder intet, der ikke må trykkes.",
    "The line: the cells of all goals and baselines after disclosure control. A hidden cell is blanked and has no "
    "number; everything published is computed from these numbers. The table stays in the lake and holds nothing that "
    "may not be printed.",
    CELL_COLUMNS,
    CELL_KEY,
    CELL_RULES,
    min_rows=1,
)
