"""The landing folder: which suppliers' files lie there. This version accepts no deliveries and says so."""

from collections.abc import Sequence
from pathlib import Path

from handleplan_pipeline.errors import SourceError


def require_no_delivery(landing: str, sources: Sequence[str]) -> None:
    """Raise SourceError when a file lies in the landing folder of one of `sources`.

    A delivery that is passed over in silence would make its goal say "not delivered", which would not be true.
    """
    for source in sources:
        folder = Path(landing) / source
        count = sum(1 for f in folder.iterdir() if f.is_file()) if folder.is_dir() else 0
        if count:
            raise SourceError(
                f"landing/{source}/ holds {count} files, but this version cannot take deliveries in. "
                "Move them away, or use a version that can."
            )
