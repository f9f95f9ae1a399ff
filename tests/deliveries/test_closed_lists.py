"""Codes are closed lists: what is listed has days, a source and a trust mark, and what is not refuses its file by name.

Files go through the door as their supplier sends them. Expected values are written by hand from the definition.
"""

import shutil
from datetime import date
from pathlib import Path

import pytest

from handleplan_pipeline.catalogue import FOLDER, load_catalogue, read_catalogue
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.told import in_words
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.listed import listed, rules_of
from handleplan_pipeline.sources.deliveries.specification import specification
from schemas.registry import delivered_sources
from schemas.sources.dst_bua import DELIVERY
from tests.deliveries.made import frame, read

C = load_catalogue()
NOT_CODED = {
    "an id": [
        "BOFORM_ID",
        "OPHOLD_ID",
        "KONTAKTFORLOEBID",
        "JOURNR",
        "OMRAADE_ID",
        "OMRAADE_ID_FOER",
        "OMRAADE_ID_NY",
        "SKEMA_ID",
        "HENVENDELSE_ID",
    ],
    "an id of a hospital contact": ["K_RECNUM", "dw_ek_kontakt"],
    "a name, not a code": ["GRUNDSKOLEFAG", "KRITERIEVERSION", "INDIKATOR"],
    "a number of a road": ["VEJKOD"],
    "a span": ["SKOLEAAR", "ALDER"],
    "only whether there is one is asked": ["AUDD"],
    "not asked by any count": ["UDD", "SLUTGRUND", "C_DIAG", "HFAUDD_MOR", "HFAUDD_FAR"],
}


def test_every_coded_variable_of_every_delivery_has_a_list() -> None:
    open_ones = {n for names in NOT_CODED.values() for n in names}
    for source in delivered_sources():
        for v in delivery_of(source).variables:
            if v.kind != "text" or v.codes is not None:
                continue
            assert v.listed != (v.name in open_ones), f"{source}.{v.name}"
            assert bool(C.closed_lists(source, v.name)) == v.listed, f"{source}.{v.name}"
    named = {n for x in C.delivered_codes for n in x.variables}
    there = {f"{s}.{v.name}" for s in delivered_sources() for v in delivery_of(s).variables} | {"dst_dream.Y_*"}
    there |= {f"dst_bua.{v.name}" for v in DELIVERY.events.variables} if DELIVERY.events else set()
    assert named <= there


def test_every_code_has_its_days_its_source_and_its_trust_mark() -> None:
    for x in C.delivered_codes:
        for c in x.codes:
            assert isinstance(c.valid_from, date), (x.id, c.code)
            assert c.source.strip(), (x.id, c.code)
            assert c.mark in "SKOPV", (x.id, c.code)
    assert {x.id for x in C.delivered_codes if x.reasons} == {"benefit", "decision_type"}


def test_every_list_is_among_what_a_refusal_of_its_deliveries_depends_on() -> None:
    for x in C.delivered_codes:
        for source in {v.split(".")[0] for v in x.variables}:
            assert f"id='{x.id}'" in rules_of(delivery_of(source)), (source, x.id)


def use(code: str) -> str:
    return next(c.means["use"] for c in C.closed_list("benefit").codes if c.code == code)


def test_dream_has_the_codes_that_published_studies_list_and_says_which_are_transfer_income() -> None:
    wanted = [*range(111, 150), 299, 412, *range(511, 525), *range(621, 662), *range(690, 786), *range(810, 900)]
    have = {c.code for c in C.closed_list("benefit").codes}
    assert {str(k) for k in [*wanted, 997, 998, 999]} <= have
    # I12: cash, introduction, unemployment, sickness and flex job benefit, rehabilitation, disability pension
    for code in ("130", "733", "140", "148", "111", "113", "890", "893", "750", "763", "740", "783", "785", "781"):
        assert use(code) == "counted", code
    for code in ("651", "652", "661", "998", "881", "771", "412", "997", "999"):
        assert use(code) == "left_out", code
    assert use("621") == "optional"


@pytest.mark.parametrize(
    ("source", "columns", "said"),
    [
        ("dst_dream", {"Y_1246": "901"}, r"columns Y_yyww have codes .* list benefit of 2012: `901` \(6\), in 6 weeks"),
        (
            "dst_kraf",
            {"AFG_AFGTYP3": "213"},
            r"AFG_AFGTYP3 has codes .* list decision_type of 2010: `213` \(6\), in 6 rows",
        ),
        ("dst_kraf", {"AFG_AFGTYP3": 213.0}, r"`213` \(6\)"),
        ("dst_kraf", {"AFG_GER7": "1435999"}, r"list offence, offence_chapter of 2010: `1435999` \(6\)"),
        ("drug_treatment", {"BISTOF1": "fentanyl"}, r"BISTOF1 has codes .* list drug of 2010: none has the form"),
        ("drug_treatment", {"BOLIGSITUATION": "7"}, r"list treatment_housing of 2010: `7` \(6\)"),
        ("address_history", {"CPRSTATUS": "40"}, r"list cpr_status of 2010: `40` \(6\)"),
        ("dst_udfk", {"GRUNDSKOLEKARAKTER": "13"}, r"list mark of 2010: `13` \(6\)"),
        ("dst_bef", {"IE_TYPE": "4"}, r"list ancestry_type of 2010: `4` \(6\)"),
        ("dst_income", {"SOCIO13": "136"}, r"list socio_status of 2010: `136` \(6\)"),
    ],
)
def test_a_code_on_no_list_refuses_the_whole_file_by_column_code_and_count(
    source: str, columns: dict[str, object], said: str
) -> None:
    with pytest.raises(DeliveryRefused, match=said) as e:
        read(frame(source, 6, **columns), source)
    assert e.value.rule == "codes_known"
    assert "is added on purpose, in" in str(e.value)
    assert "with its dates, source, trust mark" in str(e.value)


def test_one_week_of_one_person_is_enough_and_the_codes_are_named_the_most_frequent_first() -> None:
    raw = frame("dst_dream", 400)
    raw = raw.with_columns(Y_1246=raw["Y_1246"].scatter(3, "902").scatter([8, 9], "901"))
    with pytest.raises(DeliveryRefused, match=r"`901` \(2\), `902` \(1\), in 3 weeks"):
        read(raw, "dst_dream")


def test_a_column_that_moved_tells_nothing_of_what_is_in_it() -> None:
    for column, value in (
        *(("BOLIGSITUATION", x) for x in ("Hansen", "020165-0000"[:6], "Nørre Allé 7")),
        # a list of words shows no word: a name or a diagnosis is one too
        *(("HOVEDSTOF", x) for x in ("hansen", "skizofreni", "HANSEN")),
    ):
        with pytest.raises(DeliveryRefused) as e:
            read(frame("drug_treatment", 6, **{column: value}), "drug_treatment")
        assert value not in str(e.value)
        assert "none has the form of a code" in str(e.value)


def test_a_code_in_few_rows_is_told_as_few() -> None:
    said = in_words("x: column Y has codes that are not on the list z of 2010: `901` (2), `902` (7), in 3 rows.")
    assert "`901` (1-5), `902` (7), in 1-5 rows" in said
    assert "`813` (1-5, listed for other years)" in in_words("`813` (3, listed for other years)")


def test_a_code_counts_only_in_the_years_it_is_listed_for() -> None:
    """Resource courses began on 1 January 2013."""
    assert (
        read(frame("dst_dream", 6, AAR="2013", Y_1347="813").drop("Y_1246", "Y_1247"), "dst_dream", 2013).frame.height
        == 6
    )
    with pytest.raises(DeliveryRefused, match=r"`813` \(6, listed for other years\)"):
        read(frame("dst_dream", 6, Y_1246="813"), "dst_dream")


def test_a_case_that_runs_on_keeps_the_code_it_began_with() -> None:
    """Personal advisers ended with 2010; a case of 2009 still bears the code in the file of 2012."""
    bufo = delivery_of("dst_bufo")
    assert "220" in listed(bufo, "PGF", 2012).whole
    assert "273" not in listed(bufo, "PGF", 2012).whole
    assert "273" in listed(bufo, "PGF", 2013).whole


def test_a_country_on_no_list_is_read_and_said_not_refused() -> None:
    parsed = read(frame("dst_bef", 6, IE_TYPE="2", OPR_LAND="5123"), "dst_bef")
    assert (parsed.set_aside, parsed.noted) == ({}, {"code_unlisted": 6})


@pytest.mark.parametrize("source", ["dst_dream", "dst_kraf", "drug_treatment", "address_history", "dst_bef"])
def test_the_specification_prints_the_lists(source: str) -> None:
    text = specification(delivery_of(source))
    names = [v.name for v in delivery_of(source).variables if v.listed] + ["Y_*"] * (source == "dst_dream")
    for x in {x.id: x for n in names for x in C.closed_lists(source, n)}.values():
        assert f"(`{x.id}`)" in text
        for c in x.codes:
            assert f"| `{c.code}` | {c.label_da}" in text


# what must not load


def broken(tmp_path: Path, file: str, old: str, new: str) -> str:
    """What is said of the catalogue with one change in one file."""
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as e:
        read_catalogue(folder)
    return str(e.value)


MAN = "  - {code: '1', label_da: 'mand', label_en: 'man', means: {sex: 'men'}}\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("delivered_codes.yaml", MAN, MAN * 2, "list sex: code 1 is listed twice for the same day"),
        (
            "delivered_codes.yaml",
            MAN,
            MAN.replace("means", "valid_until: 2009-12-31, means")
            + MAN.replace("means", "valid_from: 2009-12-31, means"),
            "list sex: code 1 is listed twice for the same day",
        ),
        ("delivered_codes.yaml", "- id: ancestry_type", "- id: sex", "list sex: there are two lists of this name"),
        (
            "delivered_codes.yaml",
            "variables: [dst_bef.IE_TYPE]",
            "variables: [dst_bef.IE_TYPE, dst_bef.KOEN]",
            "lists sex and ancestry_type both hold code 1 of dst_bef.KOEN on the same day",
        ),
        (
            "delivered_codes.yaml",
            MAN,
            MAN.replace("means", "valid_until: 1970-01-01, means"),
            "list sex: code 1 ends before it begins",
        ),
        ("delivered_codes.yaml", "  mark: 'S'\n", "", "entry sex.codes.1.mark"),
        ("delivered_codes.yaml", "  source: 'BEF: KOEN, Danmarks Statistik'\n", "", "entry sex.codes.1.source"),
        ("delivered_codes.yaml", MAN, MAN.replace("'mand'", "' '"), "entry sex.codes.1.label_da"),
        ("code_lists.yaml", "- code: men\n", "- code: women\n", "list sex: codes listed twice: women"),
        ("code_lists.yaml", "sex:\n", "sex:\n- code: x\n  label_da: x\n  label_en: x\nsex:\n", "named twice: sex"),
        (
            "indicators.yaml",
            "      reason: Bestandstal kræver en fast uge\n",
            "",
            "entry I12a.parameters.reference_week.reason",
        ),
        (
            "indicators.yaml",
            "      reason: Bestandstal kræver en fast uge\n",
            "      reason: '  '\n",
            "entry I12a.parameters.reference_week.reason",
        ),
    ],
)
def test_a_catalogue_with_a_broken_list_does_not_load_and_says_which_entry(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    message = broken(tmp_path, file, old, new)
    assert f"catalogue/{file}" in message
    assert said in message


def test_two_spans_of_one_code_that_follow_each_other_are_two_codes(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder)
    path = folder / "delivered_codes.yaml"
    first = MAN.replace("means", "valid_until: 2009-12-31, means")
    then = MAN.replace("means", "valid_from: 2010-01-01, means")
    path.write_text(path.read_text(encoding="utf-8").replace(MAN, first + then), encoding="utf-8")
    found = read_catalogue(folder).closed_list("sex")
    assert [c.code for c in found.in_year(2010)] == ["1", "2"]
    assert len(found.codes) == 3


def test_a_benefit_without_a_reason_is_named(tmp_path: Path) -> None:
    said = broken(
        tmp_path, "delivered_codes.yaml", "title_da: 'Køn i personregistre'", "title_da: 'Køn'\n  reasons: true"
    )
    assert "list sex: code 1 has no reason" in said
