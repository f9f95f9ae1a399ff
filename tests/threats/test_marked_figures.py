"""No invented figure or sentence is shown without its mark, and no other is given one (threat 55)."""

from pathlib import Path

from tests.commands.made import goal_row, handleplan, lake_with

MARK = "[SYNTETISK]"


def test_a_sentence_of_generated_figures_says_so_where_it_is_shown(tmp_path: Path) -> None:
    """The other goal of the year rests on official figures."""
    rows = [
        goal_row(data_kind="synthetic", reason_da="Opfundet."),
        goal_row(goal=4, slug="goal_04_shelter_stays", data_kind="official", reason_da="Officielt."),
    ]
    lake = lake_with(tmp_path, 1, rows=rows).root
    done = handleplan("status", "--year", "2012", lake=lake)
    assert done.returncode == 0, done.stderr
    assert f"Opfundet. {MARK}" in done.stdout
    assert "Officielt." in done.stdout
    assert f"Officielt. {MARK}" not in done.stdout
    # the badge in the table too: one row of each kind
    badges = [x for x in done.stdout.split("\n") if "Kan ikke måles" in x and x[:1].isdigit()]
    assert [MARK in x for x in badges] == [True, False]
