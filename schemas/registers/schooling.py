"""Contract of the register: exits from grade 9 and marks of the leaving exam."""

import polars as pl

from schemas import columns as c
from schemas.contract import Rule
from schemas.registers.shape import PERSON, date_column, register

SCHOOLING = register(
    "schooling",
    "Skolegang i 9. klasse",
    "Schooling in 9th grade",
    (
        PERSON,
        c.text("event", "Hændelse", "Event", codes=("exit", "mark")),
        date_column("event_date", "Dato", "Date"),
        c.text("subject", "Fag", "Subject", "Fag; ved afgang tom tekst.", "Subject; empty text for an exit."),
        c.flag("completed", "Gennemført 9. klasse", "Completed 9th grade").null(),
        c.text(
            "mark_class",
            "Karakter",
            "Mark",
            "Bestået (02 og op), ikke bestået, eller fritaget eller fraværende.",
            "Passed (02 and up), failed, or exempt or absent.",
            codes=("passed", "failed", "no_mark"),
        ).null(),
    ),
    ("person", "event", "event_date", "subject"),
    rules=(
        Rule("an_exit_says_whether_completed", (pl.col("event") == "exit") == pl.col("completed").is_not_null()),
        Rule("a_mark_says_its_class", (pl.col("event") == "mark") == pl.col("mark_class").is_not_null()),
    ),
)
