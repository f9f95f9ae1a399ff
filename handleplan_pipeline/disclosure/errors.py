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

    def __reduce__(self) -> tuple[type["InfeasibleError"], tuple[list[int], str]]:
        # an error with two arguments does not come out of another process by itself
        return type(self), (self.cells, str(self))
