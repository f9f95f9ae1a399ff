"""The shared vocabulary of columns: a name has one meaning, one type and one description in every table.

A table takes its columns from here; a column that only one table has is declared in that table's own module.
"""

import polars as pl

from schemas.contract import Column

POPULATION_GROUPS = ("minority", "non_western", "western", "immigrant", "descendant", "danish", "unknown", "all")
ANCESTRY = (
    "total",
    "danish",
    "immigrant_western",
    "immigrant_non_western",
    "descendant_western",
    "descendant_non_western",
    "immigrant",
    "descendant",
    "unknown",
)
MEASURES = ("share", "rate", "count", "median", "quantile", "amount", "ratio")
CELL_STATES = ("value", "zero", "zero_or_hidden", "blanked", "not_available")
OBS_STATUS = ("A", "B", "E", "L", "M", "O", "P", "Q", "R", "U")
CONF_STATUS = ("F", "C", "N")
DATA_KINDS = ("official", "delivered", "synthetic")
MISSING_REASONS = (
    "none",
    "suppressed",
    "not_delivered",
    "not_collected",
    "not_applicable",
    "no_indicator",
    "no_legal_basis",
    "no_measurement_money",
    "not_due",
    "not_pulled",
)
MEASURABILITY = ("measurable", "partly_measurable", "not_measurable")
PRECONDITION = ("granted", "not_granted", "unknown", "none")
RESULTS = ("met", "not_met", "clearly_not_met", "cannot_tell", "suppressed", "not_due", "not_assessed")
TRENDS = ("better", "unchanged", "worse", "cannot_tell", "no_baseline")
BADGES = ("met", "not_met", "clearly_not_met", "cannot_tell", "suppressed", "not_due", "not_measurable")
CONTRASTS = (
    "difference",
    "ratio",
    "difference_in_differences",
    "ratio_of_ratios",
    "standardised_ratio",
    "representation_ratio",
)
QUANTITIES = (
    "difference",
    "standardised_ratio",
    "ratio_of_ratios",
    "count_ratio",
    "rate_ratio",
    "difference_of_medians",
    "representation_change",
    "share_change",
    "new_areas",
    "area_count",
)
"""What a goal's rule is applied to."""

SLUG = r"^[a-z][a-z0-9_]*$"


def text(name: str, da: str, en: str, long_da: str = "", long_en: str = "", **more: object) -> Column:
    """A text column; the long descriptions default to the labels."""
    return Column(name, pl.String, da, en, long_da or da, long_en or en, **more)  # type: ignore[arg-type]


def number(name: str, da: str, en: str, long_da: str = "", long_en: str = "", **more: object) -> Column:
    """A column of measured numbers (Float64)."""
    return Column(name, pl.Float64, da, en, long_da or da, long_en or en, **more)  # type: ignore[arg-type]


def integer(name: str, da: str, en: str, long_da: str = "", long_en: str = "", **more: object) -> Column:
    """A column of whole numbers (Int64)."""
    return Column(name, pl.Int64, da, en, long_da or da, long_en or en, **more)  # type: ignore[arg-type]


def flag(name: str, da: str, en: str, long_da: str = "", long_en: str = "") -> Column:
    return Column(name, pl.Boolean, da, en, long_da or da, long_en or en)


YEAR = Column(
    "year",
    pl.Int32,
    "År",
    "Year",
    "Det kalenderår, tallet gælder.",
    "The calendar year the figure refers to.",
    unit="year",
    minimum=1990,
    maximum=2100,
)
GOAL = Column(
    "goal",
    pl.Int32,
    "Resultatmål",
    "Result goal",
    "Resultatmålets nummer i handleplanen, 1 til 11.",
    "Number of the result goal in the action plan, 1 to 11.",
    minimum=1,
    maximum=11,
)
INDICATOR_ID = text(
    "indicator_id",
    "Indikator",
    "Indicator",
    "Indikatorens id, se meta.indicator.",
    "Id of the indicator, see meta.indicator.",
)
GEOGRAPHY = text(
    "geography",
    "Område",
    "Geography",
    "Kommunekode som tekst (101 = København); 000 = hele landet.",
    "Municipality code as text (101 = Copenhagen); 000 = the whole country.",
    pattern=r"^[0-9]{3}$",
)
POPULATION_GROUP = text(
    "population_group",
    "Befolkningsgruppe",
    "Population group",
    "Gruppen, tallet gælder. Uoplyst tælles aldrig med som minoritet eller dansk.",
    "The group the figure is about. Unknown is never counted as minority or as Danish.",
    codes=POPULATION_GROUPS,
)
REFERENCE_GROUP = text(
    "reference_group",
    "Sammenligningsgruppe",
    "Reference group",
    "Gruppen, der sammenlignes med; tom hvor tallet ikke er en sammenligning.",
    "The group compared with; empty where the figure is no comparison.",
    codes=POPULATION_GROUPS,
)
ANCESTRY_COLUMN = text(
    "ancestry",
    "Herkomst",
    "Ancestry",
    "Herkomst efter Danmarks Statistiks definition; total = ikke opdelt.",
    "Ancestry as Statistics Denmark defines it; total = not broken down.",
    codes=ANCESTRY,
)
SEX = text(
    "sex",
    "Køn",
    "Sex",
    "Køn; total = ikke opdelt.",
    "Sex; total = not broken down.",
    codes=("total", "men", "women", "unknown"),
)
AGE_GROUP = text(
    "age_group",
    "Aldersgruppe",
    "Age group",
    "Alder i hele år, fx 15-29; total = ikke opdelt.",
    "Age in whole years, e.g. 15-29; total = not broken down.",
    pattern=r"^(total|unknown|\d+(-\d+|\+)?)$",
)
MEASURE = text(
    "measure",
    "Mål",
    "Measure",
    "Hvad tallet er: andel, rate, antal, median, fraktil, mængde eller forhold.",
    "What the figure is: share, rate, count, median, quantile, amount or ratio.",
    codes=MEASURES,
)
NUMERATOR = integer(
    "numerator", "Tæller", "Numerator", "Antal med udfaldet.", "Number with the outcome.", unit="counted", minimum=0
)
DENOMINATOR = integer(
    "denominator",
    "Nævner",
    "Denominator",
    "Antal, der kunne have udfaldet.",
    "Number who could have the outcome.",
    unit="counted",
    minimum=0,
)
VALUE = number(
    "value",
    "Værdi",
    "Value",
    "Tallet i den enhed, som kolonnen unit angiver; tom hvor intet tal kan gives.",
    "The figure in the unit of the column unit; empty where no figure can be given.",
)
CI_LOW = number("ci_low", "Nedre grænse", "Lower limit", "Intervallets nedre grænse.", "Lower limit of the interval.")
CI_HIGH = number("ci_high", "Øvre grænse", "Upper limit", "Intervallets øvre grænse.", "Upper limit of the interval.")
CI_METHOD = text(
    "ci_method", "Intervalmetode", "Interval method", "Metoden bag intervallet.", "The method behind the interval."
)
CONFIDENCE = number(
    "confidence",
    "Konfidensniveau",
    "Confidence level",
    "Tosidet konfidensniveau, fx 0,95.",
    "Two-sided confidence level, e.g. 0.95.",
    minimum=0,
    maximum=1,
)
UNIT = text("unit", "Enhed", "Unit", "Værdiens enhed.", "Unit of the value.")
OBS_STATUS_COLUMN = text(
    "obs_status",
    "Observationsstatus",
    "Observation status",
    "SDMX-kode: A normal, B databrud, P foreløbig, O ikke leveret, L ikke indsamlet, M kan ikke findes, Q skjult.",
    "SDMX code: A normal, B break, P provisional, O not delivered, L not collected, M cannot exist, Q not shown.",
    codes=OBS_STATUS,
)
CONF_STATUS_COLUMN = text(
    "conf_status",
    "Fortrolighedsstatus",
    "Confidentiality status",
    "F fri; C skjult. Tal under 5 og de tal, der ellers ville afsløre dem, vises ikke.",
    "F free; C not shown. Counts under 5, and the counts that would reveal them, are not shown.",
    codes=CONF_STATUS,
)
MISSING_REASON = text(
    "missing_reason",
    "Hvorfor intet tal",
    "Why there is no figure",
    "none hvor der er et tal; ellers grunden. Skjult, ikke leveret, ikke indsamlet og nul er forskellige ting.",
    "none where there is a figure; else the reason. Not shown, not delivered, not collected and zero differ.",
    codes=MISSING_REASONS,
)
DATA_KIND = text(
    "data_kind",
    "Datatype",
    "Kind of data",
    "official: offentliggjort af en myndighed; delivered: leveret til kommunen; synthetic: fremstillet, ikke virkelig.",
    "official: published by a public body; delivered: delivered to the city; synthetic: generated, not real.",
    codes=DATA_KINDS,
)
CAVEATS = text(
    "caveats",
    "Forbehold",
    "Caveats",
    "Forbeholdenes id'er adskilt af semikolon, se meta.caveat.",
    "Ids of the caveats, separated by semicolons, see meta.caveat.",
)
DEFINITION_VERSION = text(
    "definition_version",
    "Definitionsversion",
    "Definition version",
    "Version af definitionen; for områdelister kriterieversionen.",
    "Version of the definition; for area lists the version of the criteria.",
)
CELL_STATE = text(
    "cell_state",
    "Celletilstand",
    "Cell state",
    "value: et tal; zero: nul; zero_or_hidden: nul eller skjult, tabellen skelner ikke; blanked: skjult af "
    "leverandøren; not_available: findes ikke.",
    "value: a number; zero; zero_or_hidden: zero or hidden, the table does not tell them apart; blanked: hidden by the "
    "supplier; not_available.",
    codes=CELL_STATES,
)
DELIVERY_ID = text(
    "delivery_id",
    "Levering",
    "Delivery",
    "Leveringens eller udtrækkets id (sha256 eller tabel-id).",
    "Id of the delivery or extract (sha256 or table id).",
)
SOURCE_ID = text(
    "source_id",
    "Kilde",
    "Source",
    "Kildens id, se source.published_source eller meta.source.",
    "Id of the source, see source.published_source or meta.source.",
)
PULL_COMMAND = text(
    "pull_command",
    "Hentes med",
    "Pulled with",
    "Hvad der skal skrives for at hente og fastholde en StatBank-tabel, der ikke er hentet.",
    "What to type to pull and pin a table of StatBank that is not pulled.",
)
TRUST_TIER = Column(
    "trust_tier",
    pl.Int32,
    "Kildens trin",
    "Trust tier",
    "1 rapport eller myndighed, 2 organisation der citerer, 3 presse, 4 ukendt side.",
    "1 report or public authority, 2 organisation quoting it, 3 press, 4 unknown site.",
    minimum=1,
    maximum=4,
)
RELEASE_ID = text("release_id", "Udgivelse", "Release", "Udgivelsens id.", "Id of the release.")
