"""Our own rules that a decision on a delivery rested on, as text: when they change, a refusal is looked at again."""

import functools
import hashlib
from dataclasses import replace
from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.plausibility import limits
from handleplan_pipeline.lake import pseudonym
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.listed import rules_of
from schemas.sources.delivery_shape import Delivery


@functools.lru_cache(maxsize=1)
def _code() -> str:
    """A hash of the code that decides on deliveries."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(str(pseudonym.__file__))]
    return hashlib.sha256(b"\x00".join(f.read_bytes() for f in files)).hexdigest()


def written_rules(delivery: Delivery) -> str:
    """The declaration and the code as text: what is ours in a refusal."""
    # the repr of a rule's expression is cut short and holds its address, which is another one in every process
    rows = [(r.name, str(r.expr), r.column) for r in delivery.rules]
    return f"{_code()}|{replace(delivery, rules=())!r}|{rows}|{rules_of(delivery)}|{limits()}|{pl.__version__}"


def whose() -> str | None:
    """The municipality whose files the lake takes; None for the whole country's."""
    return None if get_settings().is_national else load_catalogue().plan.municipality_code
