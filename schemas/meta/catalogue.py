"""Contracts of the catalogue as tables: the plan, its goals, indicators, money, figures and questions."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, TableContract

ID = c.text("id", "Id", "Id", pattern=r"^[A-Za-z0-9_.\-]+$")
PAGE = Column("page", pl.Int32, "Side", "Page", "Side i handleplanen.", "Page of the action plan.", minimum=1)
TITLE_DA = c.text("title_da", "Titel", "Title (Danish)")
TITLE_EN = c.text("title_en", "Titel (engelsk)", "Title (English)")
TEXT_DA = c.text("text_da", "Tekst", "Text (Danish)")
TEXT_EN = c.text("text_en", "Tekst (engelsk)", "Text (English)")
GOALS = c.text("goals", "Resultatmål", "Result goals", "Målenes numre adskilt af semikolon.",
               "Numbers of the goals, separated by semicolons.")  # fmt: skip
MARK = c.text("mark", "Mærke", "Mark", "P planen, S kilde, K fagviden uden kilde, O vores valg, V efterprøvet.",
              "P plan, S source, K unconfirmed expert knowledge, O our choice, V verified.",
              codes=("P", "S", "K", "O", "V"))  # fmt: skip
AMOUNT = c.integer("amount_dkk", "Beløb", "Amount", "Beløb i kroner; tomt hvor planen intet beløb har.",
                   "Amount in DKK; empty where the plan has none.", unit="DKK", minimum=0).null()  # fmt: skip


def _meta(name: str, da: str, en: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> TableContract:
    return TableContract("meta", name, da, en, f"{da}. Fra kataloget.", f"{en}. From the catalogue.", columns, key,
                         min_rows=1, public=True)  # fmt: skip


def _int(name: str, da: str, en: str) -> Column:
    return Column(name, pl.Int32, da, en, da, en)


CATALOGUE_TABLES = (
    _meta("goal", "Resultatmål", "Result goals", (
        c.GOAL, c.text("slug", "Navn", "Slug"), c.text("theme", "Tema", "Theme"), TITLE_DA, TITLE_EN,
        c.text("sentence_da", "Resultatmålets ordlyd", "The goal's wording", "Planens sætning, ordret.",
               "The plan's sentence, verbatim."), PAGE,
        c.text("reservation_da", "Forbehold", "Reservation", "Planens forbehold, ordret.", "Verbatim.").null(),
        c.text("indicators_da", "Planens indikatorer", "The plan's indicators", "Ordret.", "Verbatim.").null(),
        c.POPULATION_GROUP, c.text("population_wording", "Planens ord for gruppen", "The plan's words for the group"),
        c.text("direction", "Retning", "Direction"), c.text("target_type", "Måltype", "Target type"),
        c.number("margin", "Margen", "Margin").null(), c.text("margin_unit", "Margenens enhed", "Margin unit").null(),
        c.text("rule_id", "Regel", "Rule"), c.text("rule_version", "Regelversion", "Rule version"),
        c.text("decision_reference", "Beslutning", "Decision reference"),
        Column("decision_date", pl.Date, "Besluttet", "Decided", "Besluttet", "Decided"),
        _int("baseline_year", "Baselineår", "Baseline year"), c.text("baseline_label", "Baseline", "Baseline label"),
        _int("data_year", "Dataår", "Data year").null(), _int("decision_year", "Dømmes for år", "Judged for year"),
        c.text("owner", "Ejer", "Owner"), c.text("headline_indicators", "Bærende indikatorer", "Headline indicators"),
        c.flag("plan_indicator", "Planen har en indikator", "The plan has an indicator"),
        c.flag("draft_indicator", "Indikatoren er et udkast", "The indicator is a draft"),
        c.text("remarks", "Bemærkninger", "Remarks", "Id'er i meta.remark.", "Ids in meta.remark.").null(),
    ), ("goal",)),
    _meta("overall_indicator", "Overordnede indikatorer", "Overall indicators", (
        _int("number", "Nummer", "Number"), c.text("slug", "Navn", "Slug"), TITLE_DA, TITLE_EN,
        c.text("sentence_da", "Ordlyd", "Wording", "Planens sætning, ordret.", "Verbatim."), PAGE, c.GOAL,
        c.text("headline_indicators", "Bærende indikatorer", "Headline indicators"),
    ), ("number",)),
    _meta("indicator", "Indikatorer", "Indicators", (
        c.INDICATOR_ID, c.text("parent", "Hører til", "Parent").null(), c.text("kind", "Slags", "Kind"), GOALS,
        TITLE_DA, TITLE_EN, c.text("definition_da", "Definition", "Definition (Danish)"),
        c.text("definition_en", "Definition (engelsk)", "Definition (English)"),
        c.text("numerator_en", "Tæller", "Numerator"), c.text("denominator_en", "Nævner", "Denominator").null(),
        c.MEASURE, c.UNIT, c.text("population_groups", "Grupper", "Groups"),
        c.text("reference_group", "Sammenligningsgruppe", "Reference group").null(),
        c.text("direction", "Retning", "Direction"), _int("baseline_year", "Baselineår", "Baseline year").null(),
        c.text("sources", "Kilder", "Sources").null(),
        c.text("parameters", "Parametre", "Parameters", "Navngivne parametre som JSON med grund og version.",
               "Named parameters as JSON with reason and version.").null(),
        c.CAVEATS.null(), c.DEFINITION_VERSION, MARK,
    ), ("indicator_id",)),
    _meta("activity", "Aktiviteter (afsnit 8)", "Activities (section 8)", (
        ID, c.text("heading", "Overskrift", "Heading"), c.text("title", "Aktivitet", "Activity", "Ordret.", "Verbatim."),
        c.text("cost_text", "Omkostning", "Cost", "Ordret.", "Verbatim."), AMOUNT,
        c.text("yearly", "Årlige beløb", "Yearly amounts", "JSON.", "JSON.").null(),
        c.text("colour", "Farvekode", "Colour category"), c.text("financing", "Finansiering", "Financing", "Ordret.", "Verbatim."),
        c.text("note_nb", "NB", "NB", "Ordret.", "Verbatim.").null(), GOALS.null(),
        c.text("remarks", "Bemærkninger", "Remarks").null(),
    ), ("id",)),
    _meta("precondition", "Forudsætninger", "Preconditions", (
        ID, c.text("kind", "Slags", "Kind"), TITLE_DA, TITLE_EN,
        c.text("quote_da", "Planens ord", "The plan's words").null(), GOALS, AMOUNT,
        Column("valid_from", pl.Date, "Gælder fra", "Valid from", "Gælder fra", "Valid from"),
        c.text("state", "Tilstand", "State", codes=c.PRECONDITION), c.text("reference", "Reference", "Reference"),
        c.text("remark_da", "Bemærkning", "Remark (Danish)").null(), c.text("remark_en", "Bemærkning (engelsk)", "Remark").null(),
    ), ("id", "valid_from")),
    _meta("plan_figure", "Tal nævnt i planen", "Figures quoted in the plan", (
        ID, PAGE, c.text("place", "Sted", "Place"), c.text("quote", "Ordret", "Verbatim"), c.text("what_da", "Hvad", "What (Danish)"),
        c.text("what_en", "Hvad (engelsk)", "What (English)"), c.VALUE, c.UNIT, c.flag("approximate", "Ca.", "Approximate"),
        Column("year", pl.Int32, "År", "Year", "År", "Year", nullable=True), c.text("geography", "Område", "Geography").null(),
        c.text("population", "Befolkning", "Population").null(), GOALS.null(),
    ), ("id",)),
    _meta("question", "Åbne spørgsmål (afsnit 7)", "Open questions (section 7)", (
        ID, PAGE, c.text("section", "Afsnit", "Section"), c.text("text", "Ordret", "Verbatim"), c.text("kind", "Slags", "Kind"),
    ), ("id",)),
    _meta("series_break", "Databrud", "Series breaks", (
        ID, c.text("indicators", "Indikatorer", "Indicators"),
        Column("from_date", pl.Date, "Fra", "From", "Fra", "From"), Column("to_date", pl.Date, "Til", "To", "Til", "To", nullable=True),
        c.text("what_da", "Hvad", "What (Danish)"), c.text("what_en", "Hvad (engelsk)", "What (English)"), MARK,
        c.flag("comparable", "Kan sammenlignes", "Comparable"),
    ), ("id",)),
    _meta("caveat", "Forbehold ved tallene", "Caveats", (ID, TEXT_DA, TEXT_EN, MARK), ("id",)),
    _meta("remark", "Bemærkninger til planen", "Remarks on the plan", (ID, TEXT_DA, TEXT_EN, GOALS.null()), ("id",)),
    _meta("source", "Kilder", "Sources", (
        ID, TITLE_DA, TITLE_EN, c.text("producer", "Producent", "Producer"), c.text("kind", "Slags", "Kind"),
        c.text("access", "Adgang", "Access"), c.text("licence", "Licens", "Licence").null(),
        c.text("legal_basis_da", "Hjemmel", "Legal basis"), c.text("purpose_da", "Formål", "Purpose"),
        c.text("retention", "Opbevaring", "Retention"), c.text("sensitivity", "Følsomhed", "Sensitivity"), GOALS.null(),
    ), ("id",)),
    _meta("code_list", "Kodelister", "Code lists", (
        c.text("list", "Liste", "List"), c.text("code", "Kode", "Code"), c.text("label_da", "Betegnelse", "Label (Danish)"),
        c.text("label_en", "Betegnelse (engelsk)", "Label (English)"),
    ), ("list", "code")),
)  # fmt: skip
