"""Contract of the StatBank tables that give a goal its context: one long shape, because each has other variables."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID

CONTEXT = TableContract(
    "source",
    "statbank_context",
    "StatBank: baggrundstabeller",
    "StatBank: tables of context",
    "Celler fra StatBanks baggrundstabeller, én række pr. celle. En tabel, der ikke er hentet, har ingen rækker. Kilde: "
    "Danmarks Statistik.",
    "Cells of StatBank's tables of context, one row per cell. A table that is not pulled has no rows. Source: "
    "Statistics Denmark.",
    (
        c.text("table_id", "Tabel", "Table", "StatBanks tabel.", "StatBank's table."),
        c.text(
            "cell",
            "Celle",
            "Cell",
            "Cellens koder, variabel=kode adskilt af semikolon, tiden undtaget.",
            "The cell's codes, variable=code separated by semicolons, time excepted.",
        ),
        c.text("label_en", "Betegnelse (engelsk)", "Label (English)", "StatBanks egne ord.", "StatBank's own words."),
        TID,
        c.YEAR,
        c.VALUE.null(),
        *EVIDENCE,
    ),
    ("table_id", "cell", "tid"),
    (STATE_RULE,),
    public=True,
)
