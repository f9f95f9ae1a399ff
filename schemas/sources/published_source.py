"""Contract of sources of published figures."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import VINTAGE

PUBLISHED_SOURCE = TableContract(
    "source",
    "published_source",
    "Kilder til offentliggjorte tal",
    "Sources of published figures",
    "Hvor hvert offentliggjort tal er læst, og hvor langt kilden rækker.",
    "Where each published figure was read, and how far it is trusted.",
    (c.SOURCE_ID, c.TRUST_TIER, VINTAGE, c.text("title", "Titel", "Title")),
    ("source_id",),
    min_rows=1,
    public=True,
)
