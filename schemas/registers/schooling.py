"""Contract of the register: schooling in 9th grade."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

SCHOOLING = register(
    "schooling",
    "Skolegang i 9. klasse",
    "Schooling in 9th grade",
    (
        PERSON,
        date_column("exit_date", "Afgangsdato", "Exit date").null(),
        c.flag("completed", "Gennemført 9. klasse", "Completed 9th grade"),
        c.text("exam_outcome", "Afgangsprøve", "Leaving exam", codes=("passed", "not_passed", "unknown")),
    ),
    ("person",),
)
