"""Contract of the account of rows: what was delivered, used and set aside, by source and period."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.delivery_shape import PERIOD

ROW_ACCOUNT = TableContract(
    "register",
    "row_account",
    "Rækkeregnskab",
    "Account of rows",
    "FORTROLIG. Leverede, brugte og til side satte rækker pr. kilde og periode, med reglens navn.",
    "CONFIDENTIAL. Rows delivered, used and set aside by source and period, with the rule's name.",
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
        c.integer("rows", "Rækker", "Rows", minimum=0),
        c.DATA_KIND.only("delivered", "synthetic"),
    ),
    ("source", "period", "outcome"),
)
