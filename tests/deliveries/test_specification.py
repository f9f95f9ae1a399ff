"""The specifications suppliers are sent are those of the declarations, and say what the law needs."""

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.specification import specification
from schemas.registry import delivered_sources


@pytest.mark.parametrize("source", delivered_sources())
def test_the_specification_on_file_is_the_declarations(source: str) -> None:
    path = PROJECT_ROOT / "docs" / "deliveries" / f"{source}.md"
    text = specification(delivery_of(source))
    assert path.read_text(encoding="utf-8") == text, "python -m handleplan_pipeline.sources.deliveries.specification"
    for word in ("Formål", "Hjemmel", "Opbevaring", "Følsomhed", "Eksempel", "Leverandør"):
        assert word in text
    for v in delivery_of(source).variables:
        assert f"| `{v.name}` |" in text


def test_no_specification_without_a_declaration() -> None:
    found = {p.stem for p in (PROJECT_ROOT / "docs" / "deliveries").glob("*.md")}
    assert found == set(delivered_sources())


def test_whatever_a_run_notes_is_explained_to_some_supplier() -> None:
    """By hand: the names under which reading counts what has to be said."""
    texts = "".join(specification(delivery_of(source)) for source in delivered_sources())
    for name in (
        "end_to_come",
        "id_stored_as_mark",
        "weeks_missing",
        "weeks_of_other_years",
        "code_unlisted",
        "events",
    ):
        assert f"`{name}`" in texts
