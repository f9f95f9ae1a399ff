"""Contract of the account of rows: what was delivered, used and set aside, by source, period, rule and code."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.delivery_shape import PERIOD

ROW_ACCOUNT = TableContract(
    "register",
    "row_account",
    "Rækkeregnskab",
    "Account of rows",
    "FORTROLIG. Leverede, brugte og til side satte rækker pr. kilde og periode, med reglens navn, og brugte rækker, "
    "personer eller uger pr. kode.",
    "CONFIDENTIAL. Rows delivered, used and set aside by source and period, with the rule's name, and used rows, "
    "persons or weeks by code.",
    (
        c.text("source", "Kilde", "Source"),
        PERIOD,
        c.text(
            "outcome",
            "Udfald",
            "Outcome",
            "delivered, used eller reglens navn; ended_unseen: heraf brugte, åbne, som ingen senere levering har.",
            "delivered, used or the rule; ended_unseen: used rows among them, open, that no later delivery holds.",
            pattern=c.SLUG,
        ),
        c.integer(
            "rows",
            "Rækker",
            "Rows",
            "Rækker; 0 hvor en kode tælles, for rækken er talt en gang.",
            "Rows; 0 where a code is counted, because its row is counted once.",
            minimum=0,
        ),
        c.text(
            "variable", "Variabel", "Variable", "Den kodede variabel, som leveret.", "The coded variable, as supplied."
        ).null(),
        c.text("code", "Kode", "Code").null(),
        c.integer(
            "times",
            "Gange",
            "Times",
            "Brugte rækker med koden; af uger: uger.",
            "Used rows with the code; of weeks: weeks.",
            minimum=0,
        ).null(),
        c.integer("persons", "Personer", "Persons", "Personer med koden.", "Persons with the code.", minimum=0).null(),
        c.DATA_KIND.only("delivered", "synthetic"),
    ),
    ("source", "period", "outcome", "variable", "code"),
)
