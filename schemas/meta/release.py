"""Contracts of what a release says about itself: itself, its tables, its checks, its runs and what it revised."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, TableContract

KIND = c.text(
    "kind",
    "Slags",
    "Kind",
    "demonstration: syntetiske tal; unapproved: rigtige tal, revideret, endnu ikke godkendt; official: godkendt.",
    "demonstration: synthetic figures; unapproved: real figures, audited, not approved yet; official: approved.",
    codes=("demonstration", "unapproved", "official"),
)


def _meta(
    name: str, da: str, en: str, columns: tuple[Column, ...], key: tuple[str, ...], rows: int = 0
) -> TableContract:
    return TableContract("meta", name, da, en, f"{da}.", f"{en}.", columns, key, min_rows=rows, public=True)


RELEASE = _meta(
    "release",
    "Udgivelsen",
    "The release",
    (
        c.RELEASE_ID,
        c.text("built_at", "Bygget (UTC)", "Built at (UTC)"),
        KIND,
        c.flag("holds_synthetic", "Indeholder syntetiske tal", "Holds synthetic figures"),
        c.text(
            "schema_version",
            "Skemaversion",
            "Schema version",
            "Første tal skifter, når navn, type eller kode falder bort eller ændres; andet tal, når noget kommer til.",
            "The first number changes when a name, a type or a code goes or changes; the second with what is added.",
            pattern=r"^[0-9]+\.[0-9]+$",
        ),
        c.text("code_version", "Kodeversion", "Code version"),
        c.text("catalogue_version", "Katalogversion", "Catalogue version"),
        c.text("previous_release_id", "Forrige udgivelse", "Previous release").null(),
        c.text(
            "disclosure_control",
            "Diskretionering",
            "Disclosure control",
            "on: planen er anvendt og udgivelsen revideret; off: slået fra med et udtrykkeligt ord, må ikke deles.",
            "on: the plan was applied and the release audited; off: switched off by an explicit word, not for sharing.",
            codes=("on", "off"),
        ),
        c.text("disclosure_rule_da", "Diskretioneringsregel", "Disclosure rule (Danish)"),
        c.text("disclosure_rule_en", "Diskretioneringsregel (engelsk)", "Disclosure rule (English)"),
        c.text("licence", "Licens", "Licence"),
        c.text("attribution", "Kildeangivelse", "Attribution"),
    ),
    ("release_id",),
    rows=1,
)

COLUMN = _meta(
    "column",
    "Ordbog",
    "Dictionary",
    (
        c.text("table_schema", "Skema", "Schema"),
        c.text("table_name", "Tabel", "Table"),
        Column("position", pl.Int32, "Plads", "Position", "Plads", "Position"),
        c.text("column_name", "Kolonne", "Column"),
        c.text("type", "Type", "Type"),
        c.flag("is_key", "Nøgle", "Key"),
        c.flag("is_nullable", "Må være tom", "Nullable"),
        c.text("label_da", "Betegnelse", "Label (Danish)"),
        c.text("label_en", "Betegnelse (engelsk)", "Label (English)"),
        c.text("description_da", "Beskrivelse", "Description (Danish)"),
        c.text("description_en", "Beskrivelse (engelsk)", "Description"),
        c.text("unit", "Enhed", "Unit").null(),
        c.text("source", "Kilde", "Source").null(),
        c.text("codes", "Koder", "Codes").null(),
    ),
    ("table_schema", "table_name", "column_name"),
    rows=1,
)

CHECK = _meta(
    "check",
    "Kontroller",
    "Checks",
    (
        c.text("table_schema", "Skema", "Schema"),
        c.text("table_name", "Tabel", "Table"),
        c.text("rule", "Regel", "Rule"),
        c.text("outcome", "Udfald", "Outcome", codes=("passed", "failed", "errored")),
        c.integer("failed_rows", "Antal fejl", "Failed rows", minimum=0),
    ),
    ("table_schema", "table_name", "rule"),
    rows=1,
)

RUN = _meta(
    "run",
    "Tabellernes version",
    "Versions of the tables",
    (
        c.text("table_schema", "Skema", "Schema"),
        c.text("table_name", "Tabel", "Table"),
        c.integer("rows", "Rækker", "Rows", minimum=0),
        c.text("sha256", "sha256", "sha256", pattern=r"^[0-9a-f]{64}$"),
    ),
    ("table_schema", "table_name"),
    rows=1,
)

DELIVERY = _meta(
    "delivery",
    "Leveringer",
    "Deliveries",
    (
        c.text(
            "delivery_id",
            "Levering",
            "Delivery",
            "Nøglet aftryk af filen; kun den, der har dataene, kan danne det.",
            "Keyed mark of the file; only who holds the data can make it.",
        ),
        c.text("source", "Kilde", "Source"),
        c.text("supplier", "Leverandør", "Supplier"),
        c.YEAR,
        c.integer("delivery_number", "Leveringsnummer", "Delivery number", minimum=1),
        c.text("decided_at", "Afgjort (UTC)", "Decided at (UTC)"),
        c.text(
            "state",
            "Tilstand",
            "State",
            "current: bærer tallene; superseded: afløst; refused: afvist; deleted: slettet.",
            "current: bears the figures; superseded; refused; deleted.",
            codes=("current", "superseded", "refused", "deleted"),
        ),
        c.text("rule", "Brudt regel", "Broken rule", "Hvorfor filen blev afvist.", "Why it was refused.").null(),
        c.text(
            "unusual",
            "Usædvanligt",
            "Unusual",
            "Hvad der ved den gældende levering afviger usædvanligt fra den før, adskilt af semikolon.",
            "What of the delivery in force is unusually unlike the one before, separated by semicolons.",
        ).null(),
        c.DATA_KIND.only("delivered", "synthetic"),
    ),
    ("delivery_id",),
)

REVISION = _meta(
    "revision",
    "Revisioner",
    "Revisions",
    (
        c.text("table_name", "Tabel", "Table"),
        c.GOAL,
        c.text("key", "Nøgle", "Key", "Rækkens nøgle som JSON.", "The row's key as JSON."),
        c.number("old_value", "Før", "Old value").null(),
        c.number("new_value", "Nu", "New value").null(),
        c.text("old_status", "Status før", "Old status").null(),
        c.text("new_status", "Status nu", "New status").null(),
        c.text("reason", "Årsag", "Reason"),
        c.text("first_shown_in", "Vist første gang i", "First shown in"),
    ),
    ("table_name", "key", "first_shown_in"),
)
