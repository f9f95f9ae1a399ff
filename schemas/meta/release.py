"""Contracts of what a release says about itself: itself, its tables, its checks, its runs and what it revised."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

KIND = c.text(
    "kind",
    "Slags",
    "Kind",
    "demonstration: syntetiske tal; unapproved: rigtige tal, revideret, endnu ikke godkendt; official: godkendt.",
    "demonstration: synthetic figures; unapproved: real figures, audited, not approved yet; official: approved.",
    codes=("demonstration", "unapproved", "official"),
)


def _meta(
    name: str,
    da: str,
    en: str,
    columns: tuple[Column, ...],
    key: tuple[str, ...],
    rows: int = 0,
    rules: tuple[Rule, ...] = (),
) -> TableContract:
    return TableContract("meta", name, da, en, f"{da}.", f"{en}.", columns, key, rules, min_rows=rows, public=True)


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
        c.text(
            "unit",
            "Enhed",
            "Unit",
            "Enheden, se listen unit i meta.code_list; tom hvor unit_column siger den.",
            "The unit, see list unit in meta.code_list; empty where unit_column says it.",
        ).null(),
        c.text(
            "unit_column",
            "Enhedens kolonne",
            "Column of the unit",
            "Kolonnen i samme tabel, som siger enheden række for række.",
            "The column of the same table that says the unit row by row.",
        ).null(),
        Column(
            "decimals",
            pl.Int32,
            "Decimaler",
            "Decimals",
            "Antal decimaler, tallet trykkes med; en indikators tal: se meta.indicator, og et forhold har to.",
            "Number of decimals the number is printed with; of an indicator's figure meta.indicator says it, and a "
            "ratio has two.",
            nullable=True,
        ),
        c.text("source", "Kilde", "Source", "Hvor kolonnen kommer fra.", "Where the column comes from."),
        c.text(
            "codes",
            "Koder",
            "Codes",
            "De koder, kolonnen kan have, adskilt af semikolon.",
            "The codes the column may have, separated by semicolons.",
        ).null(),
        c.text(
            "code_list",
            "Kodeliste",
            "Code list",
            "Listens navn i meta.code_list, eller skema.tabel.kolonne hvor koderne er rækker i en tabel.",
            "Name of the list in meta.code_list, or schema.table.column where the codes are rows of a table.",
        ).null(),
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
        c.integer(
            "tested_rows",
            "Prøvede rækker",
            "Rows tested",
            "Rækker, reglen er prøvet på.",
            "Rows it was asked of.",
            minimum=0,
        ),
        c.integer(
            "failed_rows",
            "Antal fejl",
            "Failed rows",
            "Rækker, der bryder reglen.",
            "Rows that break the rule.",
            minimum=0,
        ),
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


def _rows_of_no_persons(name: str, da: str, en: str, long_da: str, long_en: str) -> Column:
    """A number of rows of a delivery; of a file of persons it is a count of persons, and is not printed."""
    withheld_da = "Tom for filer om personer, hvis rækker er et antal, der kunne røbe et skjult."
    withheld_en = "Empty for files about persons, whose rows are a count that could give away one that is not shown."
    return c.integer(name, da, en, f"{long_da} {withheld_da}", f"{long_en} {withheld_en}", minimum=0).null()


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
        _rows_of_no_persons(
            "received_rows", "Modtagne rækker", "Rows received", "Rækker i filen.", "Rows in the file."
        ),
        _rows_of_no_persons(
            "set_aside_rows",
            "Rækker lagt til side",
            "Rows set aside",
            "Rækker, der brød en regel.",
            "Rows that broke a rule.",
        ),
    ),
    ("delivery_id",),
)

LINEAGE = _meta(
    "lineage",
    "Hvad tallene hviler på",
    "What the figures rest on",
    (
        c.text("table_schema", "Skema", "Schema", "Skemaet: goal, overall eller baseline.", "The schema of the table."),
        c.text("table_name", "Tabel", "Table", "Tabellens navn.", "Name of the table."),
        c.INDICATOR_ID,
        Column(
            "year",
            pl.Int32,
            "År",
            "Year",
            "Året i tabellens year; for baselines data_year.",
            "The year in the table's year; of baselines in data_year.",
            minimum=1990,
            maximum=2100,
        ),
        c.text(
            "source",
            "Kilde",
            "Source",
            "Kildens id i meta.source; tom hvor et offentliggjort tal selv nævner sin kilde.",
            "Id of the source in meta.source; empty where a published figure names its source itself.",
        ).null(),
        Column(
            "period",
            pl.Int32,
            "Periode",
            "Period",
            "Det år, leveringen eller tabellen er for: også opfølgningens år og år, der ses tilbage på.",
            "The year the delivery or table is for: years of follow-up and years looked back into too.",
            nullable=True,
        ),
        c.text(
            "delivery_id",
            "Levering",
            "Delivery",
            "Leveringen, se meta.delivery; tom for offentliggjorte kilder.",
            "The delivery, see meta.delivery; empty for published sources.",
        ).null(),
        c.text(
            "source_id",
            "Offentliggjort kilde",
            "Published source",
            "Kilden i source.published_source, eller StatBank-tabellen i meta.source; tom for leveringer.",
            "The source in source.published_source, or the table of StatBank in meta.source; empty for deliveries.",
        ).null(),
    ),
    ("table_schema", "table_name", "indicator_id", "year", "source", "period", "delivery_id", "source_id"),
    rules=(
        Rule(
            "a_delivery_or_a_source",
            pl.col("delivery_id").is_null() != pl.col("source_id").is_null(),
            "delivery_id",
            "A figure rests on a delivery or on a published source.",
        ),
    ),
)

CHANGES = ("added", "removed", "revised", "status", "hidden", "shown")
WHY_REVISED = (
    "error",
    "definition_version",
    "rule_version",
    "delivery_corrected",
    "delivery_added",
    "delivery_gone",
    "source_updated",
    "disclosure",
    "unexplained",
    "not_said",
)
"""In the order in which they are asked; `not_said`: a release before 2.1 listed the change without its reason."""

REVISION = _meta(
    "revision",
    "Revisioner",
    "Revisions",
    (
        c.text("table_name", "Tabel", "Table"),
        c.GOAL,
        c.INDICATOR_ID.null(),
        c.text("key", "Nøgle", "Key", "Rækkens nøgle som JSON.", "The row's key as JSON."),
        c.number(
            "old_value",
            "Før",
            "Old value",
            "Tom, hvor rækken nu er skjult: intet gentages af det, der ikke vises.",
            "Empty where the row is hidden now: nothing is repeated of what is not shown.",
        ).null(),
        c.number("new_value", "Nu", "New value").null(),
        c.number(
            "size",
            "Størrelse",
            "Size",
            "Nu minus før; tom, hvor et af tallene mangler.",
            "New value less old value; empty where one of them is missing.",
        ).null(),
        c.text("old_status", "Status før", "Old status").null(),
        c.text("new_status", "Status nu", "New status").null(),
        c.text(
            "what_changed",
            "Ændring",
            "Change",
            "Hvad der skete med rækken.",
            "What became of the row.",
            codes=CHANGES,
            code_list="revision_change",
        ),
        c.text(
            "reason",
            "Årsag",
            "Reason",
            "Den første årsag, der findes: en fejl, vi har rettet (meta.correction), ny version af definition eller "
            "regel, leveringer, offentliggjort kilde, diskretionering.",
            "The first reason that is found: an error of ours (meta.correction), a new version of a definition or of a "
            "rule, deliveries, a published source, disclosure control.",
            codes=WHY_REVISED,
            code_list="revision_reason",
        ),
        c.text("first_shown_in", "Vist første gang i", "First shown in"),
        c.text(
            "compared_with",
            "Sammenlignet med",
            "Compared with",
            "Udgivelsen, der sagde det gamle; tom i udgivelser før skemaversion 2.1.",
            "The release that said the old value; empty in releases before schema version 2.1.",
        ).null(),
    ),
    ("table_name", "key", "first_shown_in"),
)

VINTAGE = _meta(
    "vintage",
    "Udgivelser, som historikken gentager",
    "Releases that the history repeats",
    (
        Column("position", pl.Int32, "Plads", "Position", "Plads, ældste først.", "Place, oldest first.", minimum=1),
        c.RELEASE_ID,
        c.text("built_at", "Bygget (UTC)", "Built at (UTC)"),
        KIND,
        c.text("catalogue_version", "Katalogversion", "Catalogue version"),
        c.text("code_version", "Kodeversion", "Code version"),
    ),
    ("release_id",),
    rows=1,
)

MEAN_REVISION = _meta(
    "mean_revision",
    "Gennemsnitlig revision pr. indikator",
    "Mean revision by indicator",
    (
        c.INDICATOR_ID,
        c.MEASURE,
        c.UNIT,
        c.integer(
            "compared_rows",
            "Sammenlignede tal",
            "Figures compared",
            "Hovedtal, der vises i dag og første gang blev vist i en tidligere udgivelse.",
            "Headline figures that are shown today and were first shown in an earlier release.",
            unit="figures",
            minimum=1,
        ),
        c.integer(
            "revised_rows",
            "Ændrede tal",
            "Figures revised",
            "De af dem, der trykkes anderledes i dag end første gang.",
            "Those of them that are printed otherwise today than at first.",
            unit="figures",
            minimum=0,
        ),
        c.number(
            "mean_absolute_revision",
            "Gennemsnitlig absolut revision",
            "Mean absolute revision",
            "Gennemsnittet af den numeriske forskel mellem i dag og første gang.",
            "The mean of the size of the difference between today and the first time.",
            unit_column="unit",
            minimum=0,
        ),
        c.number(
            "mean_signed_revision",
            "Gennemsnitlig revision",
            "Mean revision",
            "Gennemsnittet af forskellen med fortegn: langt fra 0, når tallene rettes mest i én retning.",
            "The mean of the signed difference: far from 0 where figures are mostly revised in one direction.",
            unit_column="unit",
        ),
        c.number(
            "largest_revision",
            "Største revision",
            "Largest revision",
            "Den største numeriske forskel.",
            "The largest difference in size.",
            unit_column="unit",
            minimum=0,
        ),
    ),
    ("indicator_id", "measure"),
)

RELEASE_STATES = ("draft", "proposed", "approved", "published", "superseded", "withdrawn", "rejected")

RELEASE_EVENT = _meta(
    "release_event",
    "Udgivelsernes forløb",
    "What became of releases",
    (
        Column(
            "line",
            pl.Int32,
            "Linje",
            "Line",
            "Linjens nummer i protokollen.",
            "Number of the line in the ledger.",
            minimum=1,
        ),
        c.text(
            "happened_at", "Tidspunkt (UTC)", "Happened at (UTC)", pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
        ),
        c.text(
            "who",
            "Hvem",
            "Who",
            "Den, der tog skridtet, som det blev oplyst; handleplan, hvor programmet selv gjorde det.",
            "Who took the step, as it was given; handleplan where the program did it itself.",
        ),
        c.text(
            "release_id",
            "Udgivelse",
            "Release",
            "Den udgivelse, linjen handler om, ikke den, tabellen står i.",
            "The release the line is about, not the one the table is in.",
        ),
        c.text("from_state", "Fra tilstand", "From state", codes=RELEASE_STATES),
        c.text("to_state", "Til tilstand", "To state", codes=RELEASE_STATES),
        c.text("note", "Bemærkning", "Note", "Begrundelsen; kan være tom.", "The reason given; may be empty."),
        c.text(
            "sums_sha256",
            "sha256 af SHA256SUMS",
            "sha256 of SHA256SUMS",
            "Aftryk af udgivelsens liste over filer og deres aftryk.",
            "Hash of the release's list of files and their hashes.",
            pattern=r"^[0-9a-f]{64}$",
        ),
        c.text(
            "sha256",
            "Linjens aftryk",
            "Hash of the line",
            "Aftryk af linjen og af alle før den.",
            "Hash of the line and of all before it.",
            pattern=r"^[0-9a-f]{64}$",
        ),
    ),
    ("line",),
)
"""The ledger of releases as it was when the release was built: its own steps stand in the next one, and so do those of
one that waited for its approval or its time."""
