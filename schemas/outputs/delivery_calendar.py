"""Contract of the calendar of deliveries: when each source was expected, when it came, and by how much it is late."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

ARRIVALS = ("received", "received_late", "generated", "awaited", "within_grace", "late", "not_pulled", "not_expected")
RECEIVED = ("received", "received_late", "generated")


def _day(name: str, da: str, en: str, long_da: str, long_en: str, nullable: bool = False) -> Column:
    return Column(name, pl.Date, da, en, long_da, long_en, nullable=nullable)


DELIVERY_CALENDAR = TableContract(
    "output",
    "delivery_calendar",
    "Leveringskalender",
    "Calendar of deliveries",
    "Hvornår hver kilde og periode er forventet, hvornår den kom, og hvor mange dage den er forsinket.",
    "When each source and period is expected, when it came, and how many days it is late.",
    (
        c.text("source", "Kilde", "Source", "Kildens id i meta.source.", "Id of the source in meta.source."),
        Column(
            "period",
            pl.Int32,
            "Periode",
            "Period",
            "Det år, leveringen eller tabellen er for.",
            "The year the delivery or table is for.",
            minimum=1990,
            maximum=2100,
        ),
        _day("expected_on", "Forventet", "Expected on", "Den dag, den ventes.", "The day it is expected."),
        c.integer("grace_days", "Frist i dage", "Grace in days", minimum=0),
        _day(
            "received_on",
            "Modtaget",
            "Received on",
            "Den dag, den første gang blev godtaget eller hentet.",
            "The day it was first accepted or read.",
            nullable=True,
        ),
        c.text("arrival", "Ankomst", "Arrival", "Om den er kommet, og i tide.", "Whether it came, and in time.").only(
            *ARRIVALS
        ),
        c.integer(
            "late_by_days",
            "Dage forsinket",
            "Late by days",
            "Dage fra den ventede dag til den kom eller til i dag; tom hvor intet er forsinket.",
            "Days from the expected day until it came, or until today; empty where nothing is late.",
            minimum=1,
        ).null(),
        _day("as_of", "Opgjort", "As of", "Dagen for opgørelsen.", "The day of the reckoning."),
        c.text("reason_da", "Hvorfor den dag", "Why that day (Danish)"),
        c.text("reason_en", "Hvorfor den dag (engelsk)", "Why that day"),
    ),
    ("source", "period"),
    (
        Rule(
            "received_has_a_day",
            pl.col("received_on").is_not_null() == pl.col("arrival").is_in(RECEIVED),
            "received_on",
            "What was received, and nothing else, has the day it came.",
        ),
        Rule(
            "late_says_by_how_much",
            pl.col("late_by_days").is_not_null() == pl.col("arrival").is_in(["late", "received_late"]),
            "late_by_days",
            "What is late, and nothing else, says by how many days.",
        ),
    ),
    min_rows=1,
    public=True,
)
