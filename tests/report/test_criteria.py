"""What is asked of the report and its exports, criterion by criterion, and the tests that ask it.

The numbers are those of the acceptance criteria that the report was ordered by. A name of a test that is not there
fails, so the table cannot rot.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CRITERIA = {
    "AC-01 both languages, nothing said on the console, nothing asked for": [
        "report/test_browser.py::test_nothing_is_asked_for_and_nothing_complains",
    ],
    "AC-02 axe-core finds nothing on any page": ["report/test_browser.py::test_axe_finds_nothing"],
    "AC-03 nothing overflows, with WCAG's text spacing too; one h1": [
        "report/test_browser.py::test_nothing_overflows_and_no_text_of_a_chart_meets_another",
        "report/test_pages.py::test_there_is_no_script_and_no_outside_address",
    ],
    "AC-04 html-validate finds nothing, and a planted fault": [
        "report/test_grammar.py::test_every_page_follows_the_grammar",
        "report/test_grammar.py::test_planted_faults_are_found",
    ],
    "AC-05 no text of a drawing leaves it or covers another": [
        "report/test_browser.py::test_nothing_overflows_and_no_text_of_a_chart_meets_another",
        "report/test_pages.py::test_no_chart_has_a_text_over_another",
    ],
    "AC-06 every number is its row's, and none stands outside": [
        "report/test_pages.py::test_every_number_is_in_its_row_and_shown_as_it_is",
        "report/test_pages.py::test_every_text_and_mark_with_an_address_is_in_its_row",
        "report/test_pages.py::test_no_decimal_number_stands_outside_a_row",
    ],
    "AC-07 the headline's numbers give the estimate": [
        "judgement/test_statements.py::test_the_headlines_numbers_give_the_estimate",
        "published/test_published_tables.py::test_the_headline_rows_give_the_judged_estimate",
    ],
    "AC-08 no direction where the interval includes no change": [
        "judgement/test_statements.py::test_a_headline_says_a_direction_only_where_the_interval_excludes_no_change",
    ],
    "AC-09 sentences are short, whole, and the same numbers in both languages": [
        "judgement/test_statements.py::test_every_sentence_is_well_made",
        "judgement/test_statements.py::test_both_languages_have_the_same_numbers_in_the_same_order",
    ],
    "AC-10 contrast, reckoned from the palette": [
        "report/test_palette.py::test_words_can_be_read",
        "report/test_palette.py::test_a_group_is_seen_on_white_and_on_the_zone_and_its_label_read",
        "report/test_palette.py::test_group_and_reference_differ_in_lightness_as_well",
    ],
    "AC-11 charts have words and a table; made-up figures are marked everywhere": [
        "report/test_pages.py::test_every_chart_has_a_table_with_at_least_as_many_rows_as_marks",
        "report/test_pages.py::test_synthetic_figures_are_marked_on_every_page_chart_and_file",
        "report/test_charts.py::test_a_chart_with_synthetic_figures_says_so_three_times_behind_the_marks",
        "report/test_marks.py::test_every_table_says_which_figures_are_made_up",
        "report/test_marks.py::test_a_verdict_carries_the_word_itself",
        "report/test_marks.py::test_a_shared_link_shows_that_figures_are_made_up",
        "exports/test_read_back.py::test_every_file_says_which_release_it_is_of_and_that_it_is_synthetic",
    ],
    "AC-12 every code has words, titles are unique, every _da has its _en": [
        "published/test_published_tables.py::test_every_code_of_every_published_table_has_its_words",
        "published/test_dictionary.py::test_the_full_titles_of_indicators_are_unique_and_stand_alone",
        "published/test_dictionary.py::test_what_is_said_in_danish_is_said_in_english",
    ],
    "AC-13 hidden, not collected, not delivered, not applicable and zero differ": [
        "report/test_pages.py::test_five_kinds_of_no_figure_look_different",
        "exports/test_five_kinds.py::test_csv",
        "exports/test_five_kinds.py::test_sdmx",
        "exports/test_five_kinds.py::test_jsonstat",
        "exports/test_five_kinds.py::test_workbook",
    ],
    "AC-14 every export is read back and equal; changes are found": [
        "exports/test_read_back.py::test_csv_by_pandas",
        "exports/test_read_back.py::test_the_data_package_is_valid",
        "exports/test_read_back.py::test_a_damaged_package_is_found",
        "exports/test_read_back.py::test_sdmx_by_pysdmx",
        "exports/test_read_back.py::test_workbooks_are_tables_that_a_screen_reader_reads",
        "exports/test_read_back.py::test_the_catalogue_conforms_to_the_published_shapes",
        "exports/test_detection.py::test_verification_finds_it_behind_right_sums",
        "exports/test_clients.py::test_a_client_reads_every_table",
    ],
    "AC-15 the same bytes in another zone, locale and order": [
        "report/test_stops.py::test_the_same_release_gives_the_same_bytes_wherever_it_is_written",
        "exports/test_builds.py::test_builds_are_equal_byte_by_byte",
    ],
    "AC-16 links and fragments lead somewhere, languages to each other": [
        "report/test_pages.py::test_every_link_and_fragment_leads_somewhere",
        "report/test_pages.py::test_both_languages_have_the_same_pages_and_lead_to_each_other",
    ],
    "AC-17 on paper: verdict and chart first, nothing lost": [
        "report/test_browser.py::test_print_begins_with_verdict_and_first_chart",
        "report/test_browser.py::test_a_printed_goal_is_whole",
        "report/test_browser.py::test_no_table_leaves_the_sheet",
    ],
    # how long it takes is measured: benchmarks/report.py, benchmarks/exports.py
    "AC-18 pages are small": [
        "report/test_pages.py::test_pages_are_small",
        "report/test_stops.py::test_a_page_that_is_too_large",
    ],
    "AC-19 a crash leaves the old or the new, a reader sees no mixture": [
        "release/test_crashes.py::test_kill_9_leaves_the_old_or_the_new_and_the_next_step_completes",
        "release/test_crashes.py::test_who_reads_on_and_on_sees_no_mixture_over_20_publications_and_withdrawals",
        "commands/test_publishing_crashes.py::test_kill_9_at_every_step_leaves_a_whole_release_and_the_next_one_completes",
    ],
    "AC-20 nothing planted in a raw delivery comes out": [
        "integration/test_leaks.py::test_words_of_confidential_files_stay_in_the_confidential_zone",
    ],
    "AC-21 forbidden transitions, a changed ledger, an embargo over both changes of the clock": [
        "release/test_states.py::test_every_step_in_every_state_is_taken_or_refused_with_exit_5",
        "release/test_ledger.py::test_every_transition_is_allowed_or_refused_as_the_table_says",
        "release/test_ledger.py::test_a_changed_line_is_named_also_the_last_one",
        "release/test_embargo.py::test_a_whole_day_of_ticks_meets_the_second_half_past_two_once",
    ],
    "AC-22 without deliveries everything renders": [
        "report/test_pages.py::test_a_goal_that_cannot_be_measured_says_what_it_would_take",
        "exports/test_nothing_delivered.py::test_every_export_is_there_and_says_what_the_tables_say",
    ],
    "AC-23 Danish order, minus and spaces": [
        "report/test_words.py::test_danish_letters_come_last_in_their_order",
        "report/test_words.py::test_numbers",
    ],
    "AC-24 keyboard, forced colours, grey": [
        "report/test_browser.py::test_the_keyboard_reaches_everything",
        "report/test_browser.py::test_badges_are_told_apart_without_colour",
    ],
}


@cache
def names(file: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_"))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_criterion_is_asked_by_tests_that_are_there(criterion: str) -> None:
    for asked in CRITERIA[criterion]:
        file, _, name = asked.partition("::")
        assert name in names(file), asked


def test_no_criterion_is_left_out() -> None:
    assert [c[:5] for c in CRITERIA] == [f"AC-{n:02d}" for n in range(1, 25)]
