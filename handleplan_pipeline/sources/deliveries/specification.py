"""The specification a supplier is sent, generated from the declaration of the delivery and the catalogue.

python -m handleplan_pipeline.sources.deliveries.specification [FOLDER], `docs/deliveries` of the checkout without one.
"""

import sys
from datetime import date
from pathlib import Path

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.closed_lists import ListedCode
from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.allowed import WITHOUT_PERSON
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.content import ON_1_JANUARY
from handleplan_pipeline.sources.deliveries.contradictions import CONTRADICTING, EVERYBODY
from handleplan_pipeline.sources.deliveries.dates import FIRST
from handleplan_pipeline.sources.deliveries.doubles import CONFLICTING, DIFFERS_IN, DUPLICATE, one_lasts
from handleplan_pipeline.sources.deliveries.listed import listed_names
from handleplan_pipeline.sources.deliveries.parse import BEFORE_BIRTH
from handleplan_pipeline.sources.deliveries.swapped import LAST_MONTH, SWAPPED
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery, Variable

KINDS = {
    "person": "personnummer",
    "text": "tekst",
    "integer": "heltal",
    "number": "decimaltal",
    "date": "dato",
    "flag": "J/N",
    "municipality": "kommunekode, 3 cifre",
}
LEVELS = {
    "person": "en række pr. person eller hændelse",
    "area": "en række pr. område",
    "counts": "optalte celler, aldrig en række pr. person",
}
PERIODS = {
    "date_equals": "alle datoer i {columns} er 1. januar i referenceåret (31. december før er samme bestand)",
    "year_in": "alle datoer i {columns} ligger i referenceåret",
    "overlaps": "fra {columns}: begynder senest i og slutter tidligst i referenceåret, hvis slut er kendt",
    "text_starts": "{columns} er referenceåret",
    "none": "fremgår ikke af indholdet",
}
THOUSANDS = {".": "`.`", ",": "`,`", " ": "mellemrum", None: "intet"}
DATES = {
    "period": "senest periodens sidste dag",
    "year_after": "senest sidste dag i året efter perioden",
    "open": "en dato efter perioden er en slutning, der ikke er kommet, og læses som tom",
}
NOTED = {
    "end_to_come": "slutninger efter perioden, læst som tomme",
    "id_stored_as_mark": "numre, der kunne være personnumre, og som gemmes som et mærke",
    "weeks_missing": "periodens uger, der ikke er en kolonne til",
    "weeks_of_other_years": "kolonner med andre års uger; de læses ikke",
    "events": "hændelser, som rækkernes forløb er dannet af",
    ON_1_JANUARY: "rækker, der begynder 1. januar; nogle få er rigtige",
    "code_unlisted": "koder uden for listen, læst som ukendt (kun hvor listen siger det)",
}
"""What is counted beside the rows that are set aside (`Parsed.noted`)."""
MARKS = {"S": "set i en kilde", "K": "fagkendskab", "O": "vores valg", "P": "planens egen", "V": "skal efterprøves"}
"""How far a code is trusted."""
CLOCK = "; et tidspunkt, hvis dag læses, aldrig i UTC"


def specification(delivery: Delivery) -> str:
    """The specification of one delivery as Danish Markdown: columns, types, codes, example, law and purpose."""
    source = load_catalogue().source(delivery.source)
    names = {v.column: v.name for v in delivery.variables}
    person = delivery.person_variable
    key = ", ".join(person.name if c == "person" and person else names[c] for c in delivery.key)
    columns = ", ".join(names[c] for c in delivery.period.columns)
    d = delivery.dialect
    lines = [
        f"# {source.title_da} (`{delivery.source}`)",
        "",
        "Denne specifikation er dannet af leveringens kontrakt; ret den ikke i hånden.",
        "",
        f"- **Leverandør:** {delivery.supplier}",
        f"- **Indhold:** {delivery.population_da}",
        f"- **Niveau:** {LEVELS[delivery.level]}",
        f"- **Formål:** {source.purpose_da}",
        f"- **Hjemmel:** {source.legal_basis_da}",
        f"- **Opbevaring:** {source.retention}",
        f"- **Følsomhed:** {'fortrolig' if source.sensitivity == 'confidential' else 'offentlig'}",
        f"- **Resultatmål:** {', '.join(map(str, load_catalogue().goals_of(source)))}",
        f"- **Filformater:** {', '.join(delivery.formats)}. CSV: tegnsæt {d.encoding}, skilletegn `{d.separator}`, "
        f"decimaltegn `{d.decimal}`, tusindtegn {THOUSANDS[d.thousands]}, datoer som {d.date_format}",
        "- **Tal** læses som hele: et decimaltal har kun tusindtegn sammen med decimaltegn eller et tusindtegn mere; "
        "minus er `-`; potenser (`1e5`), NaN og andre tegn gør rækken ulæselig",
        f"- **Datoer** har år med fire cifre og ligger efter {FIRST:%d-%m-%Y} (fødselsdatoer også på dagen); "
        "ISO-form (2010-02-01) læses også. Et "
        "klokkeslæt er kun tilladt som midnat; en dato med tidszone er dagen i sin egen zone",
        f"- **Dag og måned:** står der i en kolonne datoer i to former, de ene kun til og med den {LAST_MONTH}. og "
        f"de andre kun senere i måneden, har et regneark byttet dag og måned om, og filen afvises (`{SWAPPED}`)",
        f"- **Periode:** et kalenderår pr. fil; {PERIODS[delivery.period.rule].format(columns=columns)}",
        f"- **En række er entydig ved:** {key}. Ens rækker er dubletter, og den første bruges (`{DUPLICATE}`). Rækker "
        f"med samme nøgle, der er forskellige, sættes alle til side (`{CONFLICTING}`), og det noteres, i hvilke "
        f"kolonner (`{DIFFERS_IN}<kolonne>`)",
        f"- **Rækker, der bryder en regel,** sættes til side; er det over {delivery.max_set_aside:.0%} "
        f"(i en lille fil over {limit('few_rows_broken')} rækker eller over halvdelen; af rækker uden for "
        f"perioden dog over {limit('outside_period_share'):.0%}), afvises filen. Også en kode uden for listen, en "
        "kolonne for meget eller for lidt og en fil fra en anden kommune afviser filen",
        "- **Navne** på variable læses uanset store og små bogstaver; også de navne, der står efter `Også:`",
    ]
    if delivery.span is not None and any(v.opaque and v.column in delivery.key for v in delivery.variables):
        again = ", ".join(f"`{names[c]}`" for c in delivery.span.identity)
        lines.append(
            f"- **Id'er** må gives på ny i hver fil. Det samme forløb kendes igen på {again}; et id, der bliver ved "
            "med at gælde, viser rettelser af dage og personer"
        )
    if delivery.technical_cut is not None:
        lines.append(
            f"- **Den 1. januar** i `{names[delivery.technical_cut]}` er en rigtig dato, når den er sjælden, og "
            f"noteres (`{ON_1_JANUARY}`). Er det mindst {limit('admissions_on_1_january_least')} rækker og over "
            f"{limit('admissions_on_1_january_share'):.0%}, er den en standarddag, og filen afvises"
        )
    if delivery.without_person is not None:
        lines.append(
            f"- **Rækker uden personnummer** (blankt, eller et nummer for uidentificerede) er ikke fejl: de står i "
            f"rækkeregnskabet som `{WITHOUT_PERSON}`. Er det over {delivery.without_person:.0%}, afvises filen"
        )
    if delivery.person_variable is not None:
        lines.append(
            "- **Afidentificerede nøgler** kan stå i stedet for personnumre, når manifestet siger `person_key: "
            "deidentified` (`handleplan deliver --deidentified`): de tages, som de er, og blandes aldrig med numre"
        )
    if delivery.municipal_casework:
        lines.append("- **Etnisk oprindelse må ikke indgå:** leveringen kommer fra kommunal sagsbehandling")
    if delivery.weekly:
        lines.append(
            "- **Uger:** en kolonne pr. uge, `Y_` + to cifre for år + to cifre for uge (ISO); ydelseskode på tre cifre "
            "eller tom. Kun periodens uger læses"
        )
    lines += [
        "",
        "| Variabel | Type | Skal udfyldes | Betydning | Koder eller form | Eksempel |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(v, d.date_format) for v in delivery.variables]
    if delivery.events is not None:
        lines += [
            "",
            "Eller som hændelser (en fil har den ene eller den anden form): alle hændelser til og med året for hver "
            "person "
            "med et forløb i året, med personnummeret og",
            "",
            "| Variabel | Type | Skal udfyldes | Betydning | Koder eller form | Eksempel |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(v, d.date_format) for v in delivery.events.variables]
    rules = _row_rules(delivery)
    if rules:
        lines += ["", "## Regler for rækker", "", *rules]
    lines += _lists(delivery)
    noted = _noted(delivery)
    if noted:
        lines += ["", "## Bemærkninger ved modtagelsen", "", *(f"- `{n}`: {NOTED[n]}" for n in noted)]
    if delivery.level == "counts":
        lines += ["", "`..` er en celle, leverandøren har diskretioneret, `-` er nul. De blandes aldrig sammen."]
        lines += _wholes(delivery)
    example = (
        ";".join(v.name for v in delivery.variables),
        ";".join(_example(v, d.date_format) for v in delivery.variables),
    )
    lines += [
        "",
        "## Eksempel",
        "",
        "Personnummeret er opdigtet og kan ikke tilhøre nogen.",
        "",
        "```",
        *example,
        "```",
        "",
    ]
    return "\n".join(lines)


def _row_rules(delivery: Delivery) -> list[str]:
    """What a row of the delivery is asked beside its form: its own rules, and what its person number says."""
    names = {v.column: v.name for v in delivery.variables}
    rules = [f"- `{r.name}`" + (f": {r.description}" if r.description else "") for r in delivery.rules]
    held = [v.name for v in delivery.variables if v.birth or v.sexes]
    if held:
        rules.append(f"- {' og '.join(held)} skal svare til personnummeret i samme række")
    if one_lasts(delivery):
        end = names[delivery.period.columns[1]]
        rules.append(
            f"- `{CONFLICTING}`: ind, ud og ind igen på en dag er to rækker; men af rækker, der kun ved {end} er hver "
            "sin, varer højst en ud over den dag, de begynder. Et ophold, der både er åbent og afsluttet, siger to ting"
        )
    events = [v.name for v in delivery.variables if v.kind == "date" and not v.birth]
    if delivery.person_variable is not None and events:
        rules.append(
            f"- `{BEFORE_BIRTH}`: intet sker, før personen er født: {' og '.join(events)} ligger ikke før "
            "fødselsdatoen i rækkens personnummer (erstatningsnumre har ingen)"
        )
    return rules


def _wholes(delivery: Delivery) -> list[str]:
    """Which cells of a table of counts are parts of which, and what becomes of a file whose figures contradict that."""
    names = {v.column: v.name for v in delivery.variables}
    said = []
    for w in delivery.wholes:
        if w.parts:
            parts = ", ".join(f"`{p}`" for p in (*w.parts, *w.rest))
            said.append(f"- `{names[w.column]}`: {parts} er tilsammen `{w.whole}`; mangler {w.rest[0]}, er den nul")
        if w.within:
            said.append(f"- `{names[w.column]}`: {', '.join(f'`{p}`' for p in w.within)} er hver højst `{w.whole}`")
    if delivery.age_groups is not None:
        said.append(
            f"- `{names[delivery.age_groups]}`: en aldersgruppe er højst den, den ligger i, og højst `{EVERYBODY}`"
        )
    intro = (
        f"Alle tal skal kunne være rigtige på én gang, ellers afvises filen (`{CONTRADICTING}`). En skjult celle kan "
        "være alt, og af dele, hvoraf nogle er skjult, siges kun, at de ikke er mere end helheden:"
    )
    return ["", intro, "", *said]


def _lists(delivery: Delivery) -> list[str]:
    """Every closed list of the delivery: each code, its days, where it is known from, and what it counts as."""
    of_list: dict[str, list[str]] = {}
    for name in listed_names(delivery):
        for x in closed_lists(delivery.source, name):
            of_list.setdefault(x.id, []).append(name)
    if not of_list:
        return []
    lines = [
        "",
        "## Kodelister",
        "",
        "En kode, der ikke står her, afviser filen: sig til, før den leveres, så den kan optages med dato. "
        f"Mærke: {'; '.join(f'{m} {t}' for m, t in MARKS.items())}.",
    ]
    for x, variables in ((load_catalogue().closed_list(i), v) for i, v in of_list.items()):
        means = list(dict.fromkeys(k for c in x.codes for k in c.means))
        heads = [
            "Kode",
            "Betydning",
            "Fra",
            "Til",
            *(f"`{m}`" for m in means),
            *["Hvorfor"] * x.reasons,
            "Kilde",
            "Mærke",
        ]
        lines += ["", f"### {x.title_da} (`{x.id}`): {', '.join(f'`{v}`' for v in variables)}", ""]
        if x.unlisted_reason:
            lines += [f"Undtagelse: en kode uden for listen læses som ukendt. {x.unlisted_reason}", ""]
        if x.digits:
            lines += [f"En kode med færre end {x.digits} cifre står for alle koder, der begynder med den.", ""]
        lines += [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [_code(c, means, x.reasons) for c in x.codes]
    return lines


def _code(c: ListedCode, means: list[str], reasons: bool) -> str:
    cells = [
        f"`{c.code}`",
        c.label_da,
        str(c.valid_from),
        str(c.valid_until or ""),
        *(c.means.get(m, "") for m in means),
    ]
    cells += [*[c.reason or ""] * reasons, c.source, c.mark]
    return f"| {' | '.join(x.replace('|', '/') for x in cells)} |"


def _noted(delivery: Delivery) -> list[str]:
    """The names of what may be noted of a file of this source."""
    ends = any(v.until == "open" for v in delivery.variables)
    ids = any(v.opaque for v in delivery.variables)
    weeks = ["weeks_missing", "weeks_of_other_years"] if delivery.weekly else []
    lists = [x for n in listed_names(delivery) for x in closed_lists(delivery.source, n)]
    unlisted = any(x.unlisted == "unknown" for x in lists)
    events = ["events"] * (delivery.events is not None)
    cut = [ON_1_JANUARY] * (delivery.technical_cut is not None)
    return [*events, *["end_to_come"] * ends, *cut, *["id_stored_as_mark"] * ids, *weeks, *["code_unlisted"] * unlisted]


def _example(v: Variable, date_format: str) -> str:
    """The example as a CSV of this delivery would show it."""
    return date.fromisoformat(v.example).strftime(date_format) if v.kind == "date" else v.example


def _row(v: Variable, date_format: str) -> str:
    form = ", ".join(f"`{c}`" for c in v.codes) if v.codes else f"`{v.pattern}`" if v.pattern else ""
    if v.listed:
        form = f"{form}; kodeliste nedenfor" if form else "kodeliste nedenfor"
    if v.width is not None:
        form += f"; tabte nuller foran sættes på igen til {v.width} cifre"
    if v.kind == "date":
        form = DATES[v.until] + CLOCK * v.clock
    if v.minimum is not None or v.maximum is not None:
        form = f"{'' if v.minimum is None else f'{v.minimum:g}'}-{'' if v.maximum is None else f'{v.maximum:g}'}"
    if v.amount:
        largest = f"{limit('amount_largest'):,.0f}".replace(",", ".")
        form = f"kroner; over {largest} står for et beløb, ingen kender"
    form = form.replace("|", "\\|")
    required = "nej" if v.optional else "ja"
    also = f". Også: {', '.join(f'`{n}`' for n in v.also)}" if v.also else ""
    return f"| `{v.name}` | {KINDS[v.kind]} | {required} | {v.da}{also} | {form} | {_example(v, date_format)} |"


def write_all(folder: Path) -> list[Path]:
    """Write every specification into `folder`, one file per source."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for source in delivered_sources():
        path = folder / f"{source}.md"
        path.write_text(specification(delivery_of(source)), encoding="utf-8")
        made.append(path)
    return made


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT_ROOT / "docs" / "deliveries"
    print(len(write_all(target)), "specifications")
