"""What tables of published figures share: the value as printed, its source, and the choice where sources disagree."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column

FIGURE_ID = c.text("figure_id", "Tal-id", "Figure id", pattern=c.SLUG)
PLACE = c.text("place", "Sted i kilden", "Place in the source")
GEOGRAPHY_NAME = c.text("geography_name", "Område", "Area", "Området som kilden nævner det.", "The area as printed.")
PRINTED_MEASURE = c.text(
    "measure", "Mål", "Measure", "Hvad tallet er, med kildens ord.", "What the figure is, in the source's words."
)
APPROXIMATE = c.flag(
    "approximate",
    "Afrundet i kilden",
    "Approximate",
    "Sand hvor kilden trykker et rundt tal.",
    "True where rounded in print.",
)
FLAGS = c.text(
    "flags", "Mærker", "Flags", "Mærker adskilt af semikolon, se meta.caveat.", "Flags, separated by semicolons."
).null()
VINTAGE = Column(
    "vintage",
    pl.Int32,
    "Kildens år",
    "Vintage",
    "Året i kildens navn.",
    "The year in the source's name.",
    minimum=1990,
    maximum=2100,
)
CHOICE = (
    c.flag("chosen", "Valgt", "Chosen", "Sand for det tal, reglen vælger.", "True for the figure the rule chooses."),
    c.integer("conflicts", "Andre trykte værdier", "Other printed values", minimum=0),
    c.text("choice_rule", "Valgregel", "Choice rule"),
)
CRITERIA_VERSION = c.text("criteria_version", "Kriterieversion", "Criteria version", pattern=c.SLUG)
LIST_DATE = c.text("list_date", "Listens dato, som trykt", "List date, as printed")
LIST_DATE_ISO = c.text("list_date_iso", "Listens dato", "List date", pattern=r"^\d{4}-\d{2}-\d{2}$").null()
YEAR_OR_NONE = c.YEAR.null()
EVIDENCE = (c.SOURCE_ID, c.TRUST_TIER, VINTAGE, c.DATA_KIND.only("official"))
