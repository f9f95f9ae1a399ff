"""The one kind of table: caption, headers with scope, and never an empty cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from handleplan_pipeline.errors import ReleaseError

Cell = Markup | str


@dataclass(frozen=True)
class Column:
    """A column; numbers are set to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first of each row its header. `groups` are headers above columns: words and their span."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[str, int]] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ReleaseError(f"report: the table {self.caption!r} has a row of {len(row)} cells.")
            if not all(str(cell).strip() for cell in row):
                raise ReleaseError(f"report: the table {self.caption!r} has an empty cell; it must say why.")
        if self.groups and sum(span for _, span in self.groups) != len(self.columns):
            raise ReleaseError(f"report: the headers of the table {self.caption!r} do not cover its columns.")
