"""Contracts of the joint plan, its certificates and the published account of the loss."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

REASONS = (
    "small_count",
    "small_denominator",
    "everybody_or_nobody",
    "blanked_by_supplier",
    "revision",
    "variant",
    "given_up",
    "secondary",
)
GIVEN_UP = ("breakdowns", "groups", "rows")
"""Rows by sex or age; rows of groups that are not compared; all rows."""
GIVEN_UP_BECAUSE = ("declared", "too_few", "mostly_hidden", "contradiction")
SHA256 = r"^[0-9a-f]{64}$"


def _year(name: str, da: str, en: str) -> Column:
    return Column(name, pl.Int32, da, en, da, en)


BLOCK = c.text("block", "Blok", "Block", "Serier, der tæller de samme personer.", "Series that count the same persons.")
BASE_YEAR = _year("base_year", "Blokkens år", "Year of the block")

SUPPRESSION_PLAN = TableContract(
    "cell",
    "suppression_plan",
    "Diskretioneringsplan",
    "Suppression plan",
    "FORTROLIG. En række pr. trykt række: om den skjules, og hvorfor. Grunden forlader aldrig dette lag.",
    "CONFIDENTIAL. A row per printed row: whether it is hidden, and why. The reason never leaves this layer.",
    (
        c.INDICATOR_ID,
        c.YEAR,
        c.POPULATION_GROUP,
        c.SEX,
        c.AGE_GROUP,
        c.flag("hidden", "Skjules", "Hidden"),
        c.text("reason", "Grund", "Reason", codes=REASONS).null(),
        c.text("given_up", "Opgivet", "Given up", codes=GIVEN_UP).null(),
        c.text("given_up_because", "Opgivet fordi", "Given up because", codes=GIVEN_UP_BECAUSE).null(),
        BLOCK,
        BASE_YEAR,
        c.text(
            "counts_sha256",
            "Tællingernes aftryk",
            "Fingerprint of the counts",
            "Planen gælder kun disse tællinger.",
            "The plan holds for these counts only.",
            pattern=SHA256,
        ),
    ),
    ("indicator_id", "year", "population_group", "sex", "age_group"),
    (
        Rule("hidden_for_a_reason", pl.col("hidden") == pl.col("reason").is_not_null(), "reason"),
        Rule("what_is_given_up_is_hidden", pl.col("hidden") | pl.col("given_up").is_null(), "given_up"),
        Rule(
            "given_up_because_of_something",
            pl.col("given_up").is_null() == pl.col("given_up_because").is_null(),
            "given_up_because",
        ),
    ),
)

CERTIFICATE = TableContract(
    "cell",
    "certificate",
    "Beviser for diskretionering",
    "Disclosure certificates",
    "FORTROLIG. To mulige tabeller pr. følsomt tal, som begge giver alt, der trykkes: i den ene er tallet højst low, i "
    "den anden mindst high.",
    "CONFIDENTIAL. Two possible tables per sensitive count that both give everything printed: in one the count is at "
    "most low, in the other at least high.",
    (
        BLOCK,
        BASE_YEAR,
        c.text("cell", "Tal", "Count", "Rækkens nøgle og del.", "The row's key and part."),
        c.integer("low", "Højst", "At most", minimum=0),
        c.integer("high", "Mindst", "At least", minimum=0),
        c.integer("leaves", "Blade", "Leaves", minimum=1),
        c.text("low_table", "Tabel, lav", "Low table"),
        c.text("high_table", "Tabel, høj", "High table"),
        c.text("salt", "Salt", "Salt", "Kendes af ingen udenfor.", "Known to nobody outside."),
        c.text("sha256", "sha256", "sha256", pattern=SHA256),
    ),
    ("block", "base_year", "cell"),
)

DISCLOSURE_LOSS = TableContract(
    "output",
    "disclosure_loss",
    "Hvad diskretioneringen koster",
    "What disclosure control costs",
    "Rækker pr. indikator og år, og hvor mange der ikke vises. Tal under 5 og de tal, der ellers ville afsløre dem, "
    "vises ikke. Rækker, der er opgivet på forhånd (output.disclosure_given_up), er talt for sig.",
    "Rows per indicator and year, and how many are not shown. Counts under 5, and the counts that would reveal them, "
    "are not shown. Rows given up beforehand (output.disclosure_given_up) are counted apart.",
    (
        c.INDICATOR_ID,
        c.YEAR,
        c.integer("rows", "Rækker", "Rows", minimum=0),
        c.integer("hidden_rows", "Ikke vist", "Not shown", minimum=0),
        c.integer("given_up_rows", "Opgivne rækker", "Rows given up", minimum=0),
        c.number("hidden_percent", "Ikke vist, pct.", "Not shown, per cent", minimum=0, maximum=100),
    ),
    ("indicator_id", "year"),
    (Rule("no_more_hidden_than_rows", pl.col("hidden_rows") <= pl.col("rows"), "hidden_rows"),),
    public=True,
)

DISCLOSURE_REASON = TableContract(
    "output",
    "disclosure_reason",
    "Hvorfor tal ikke vises",
    "Why figures are not shown",
    "Rækker, der ikke vises, efter grund, i hele tiere for hele udgivelsen; hvilken række der har hvilken grund, vises "
    "ikke. En grund med færre end ti rækker er regnet med til secondary.",
    "Rows not shown by reason, in tens over the whole release; which row has which reason is not shown. A reason of "
    "fewer than ten rows is counted as secondary.",
    (
        c.text("reason", "Grund", "Reason", codes=REASONS),
        c.integer("hidden_rows", "Ikke vist", "Not shown", minimum=0),
    ),
    ("reason",),
    public=True,
)

DISCLOSURE_GIVEN_UP = TableContract(
    "output",
    "disclosure_given_up",
    "Hvad der er opgivet at vise",
    "What was given up",
    "Rækker, som diskretioneringen har opgivet som helhed, fordi byens tal er for små til at beskytte dem, eller fordi "
    "nogen har besluttet det: opdelinger først, overordnede rækker sidst. De står som ikke vist i tabellerne.",
    "Rows that disclosure control gave up as a whole, because the city's counts are too small to be protected or "
    "because somebody decided so: breakdowns first, headline rows last. They stand as not shown in the tables.",
    (
        c.INDICATOR_ID,
        c.YEAR,
        c.POPULATION_GROUP,
        c.SEX,
        c.AGE_GROUP,
        c.text(
            "what",
            "Hvad",
            "What",
            "breakdowns: køn og alder; groups: grupper, der ikke sammenlignes; rows: alle rækker.",
            "breakdowns: sex and age; groups: groups that are not compared; rows: all rows.",
            codes=GIVEN_UP,
        ),
        c.text(
            "why",
            "Hvorfor",
            "Why",
            "declared: besluttet i catalogue/disclosure.yaml; too_few: kunne ikke beskyttes ellers; "
            "mostly_hidden: mere end halvdelen ville være skjult; contradiction: tællingerne stemmer ikke indbyrdes.",
            "declared: decided in catalogue/disclosure.yaml; too_few: could not be protected "
            "otherwise; mostly_hidden: more than half would be hidden; contradiction: the counts do not add up.",
            codes=GIVEN_UP_BECAUSE,
        ),
    ),
    ("indicator_id", "year", "population_group", "sex", "age_group"),
    public=True,
)
