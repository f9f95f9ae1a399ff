"""Errors of disclosure control. Messages name cells by position or label, never by value."""

from handleplan_pipeline.errors import HandleplanError


class DisclosureError(HandleplanError):
    """Something must not be published, or the question itself is wrong."""


class ContradictionError(DisclosureError):
    """The counts do not add up, so nobody can say what follows from them."""


class InfeasibleError(DisclosureError):
    """No choice of cells protects these: what is known already gives them away."""

    def __init__(self, cells: list[int], message: str) -> None:
        super().__init__(message)
        self.cells = cells
