"""Which rows a headline is made of: the verdict of the decision year, the judged figures, the groups over time."""

from dataclasses import dataclass
from functools import cached_property

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report.release import Release, Row, split

HIGHER_IS_BETTER = {
    "parity": True,
    "not_above": False,
    "equal_reduction": False,
    "increase": True,
    "decrease": False,
    "proportionality": True,
    "no_increase": False,
}
"""By type of a goal's rule; one that is not here stops the report."""


def judged_group(reading: Row) -> str:
    """The group that a reading or a contrast is about."""
    return str(reading["population_group"])


@dataclass(frozen=True)
class Goal:
    """A goal with what the release says of it."""

    release: Release
    row: Row

    @property
    def number(self) -> int:
        return int(self.row["goal"])

    @property
    def slug(self) -> str:
        return str(self.row["slug"])

    @property
    def table(self) -> str:
        return f"goal.{self.slug}"

    @cached_property
    def indicators(self) -> list[Row]:
        """The headline indicators, in the plan's order."""
        return [self.release.indicators[i] for i in split(self.row["headline_indicators"])]

    @cached_property
    def statuses(self) -> list[Row]:
        return sorted(self.release.rows("output.goal_status", goal=self.number), key=lambda r: int(r["year"]))

    @cached_property
    def status(self) -> Row:
        """The verdict that leads: of the decision year, or of the last year before it."""
        due = [s for s in self.statuses if s["year"] <= self.row["decision_year"]]
        if not due:
            raise ReleaseError(f"report: goal {self.number} has no verdict up to {self.row['decision_year']}.")
        return due[-1]

    @cached_property
    def later(self) -> list[Row]:
        return [s for s in self.statuses if s["year"] > self.status["year"]]

    @cached_property
    def rows(self) -> list[Row]:
        return self.release.rows(self.table)

    @property
    def higher_is_better(self) -> bool:
        try:
            return HIGHER_IS_BETTER[str(self.row["target_type"])]
        except KeyError:
            raise ReleaseError(
                f"report: nothing says which way is better for the rule type {self.row['target_type']!r} of goal "
                f"{self.number}."
            ) from None

    def judged(self, indicator: Row) -> list[Row]:
        """The readings of an indicator, one a year."""
        found = self.release.rows("output.judgement", goal=self.number, indicator_id=indicator["indicator_id"])
        return sorted(found, key=lambda r: int(r["year"]))

    def reading(self, indicator: Row, year: int) -> Row | None:
        """The reading of an indicator in one year; None where it was not judged."""
        return next((r for r in self.judged(indicator) if r["year"] == year), None)

    def whole(self, indicator: Row) -> list[Row]:
        """The figures of an indicator for whole groups: its headline sex, age group and geography, no breakdown."""
        whole = {w: indicator[f"headline_{w}"] for w in ("sex", "age_group", "geography")}
        found = self.release.rows(self.table, indicator_id=indicator["indicator_id"], measure=indicator["measure"])
        return [r for r in found if r["reference_group"] is None and all(r[w] == v for w, v in whole.items())]

    def groups(self, indicator: Row) -> list[str]:
        """The groups of an indicator: the judged one first, then its reference, then the others."""
        named = split(indicator["population_groups"])
        first = next((g for g in (judged_group(j) for j in self.judged(indicator)) if g), self.row["population_group"])
        reference = indicator["reference_group"]
        order = [first, reference, *named]
        return [g for i, g in enumerate(order) if g and g in named and g not in order[:i]]


def goals(release: Release) -> list[Goal]:
    return [Goal(release, row) for row in release.goals]
