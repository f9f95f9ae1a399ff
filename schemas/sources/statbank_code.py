"""Contract of the code lists in StatBank's own table descriptions."""

from schemas import columns as c
from schemas.contract import TableContract

CODE = TableContract(
    "source",
    "statbank_code",
    "StatBanks koder",
    "StatBank's codes",
    "Kodelisterne fra StatBanks tabelbeskrivelser (tableinfo).",
    "The code lists of StatBank's table descriptions.",
    (
        c.text("table_id", "Tabel", "Table"),
        c.text("variable", "Variabel", "Variable"),
        c.text("code", "Kode", "Code"),
        c.text("label_en", "Betegnelse (engelsk)", "Label (English)"),
        c.flag("elimination", "Kan udelades", "Elimination"),
        c.flag("is_time", "Er tid", "Is time"),
        c.text(
            "suppressed_value",
            "Skjult værdi",
            "Suppressed value",
            "Det tegn, tabellen selv skriver i en skjult celle.",
            "What the table itself writes in a hidden cell.",
        ),
    ),
    ("table_id", "variable", "code"),
    min_rows=1,
    public=True,
)
