"""`handleplan sources` and `synthesize`, and what a run tells of deliveries: accepted, refused, waiting, and why."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.commands.terminal import say, show_table
from handleplan_pipeline.errors import ConfigurationError, HandleplanError
from handleplan_pipeline.lake.pseudonym import CPR_LIKE
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.outcome import Outcome, standing
from handleplan_pipeline.sources.deliveries.plausible import compared, unusual
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources

SMALL = 5
"""Counts of rows from 1 to this are told as a range: output of a run ends in logs."""
TOLD = {"refused": "refused", "waiting": "waiting", "foreign": "passed over"}
FIRST_YEAR, LAST_YEAR, LARGEST_SCALE = 1990, 2100, 100.0
"""Bounds of the generator: years as in a manifest; a hundred Copenhagens are more than a machine holds. Ours, v. 1."""

Decisions = set[tuple[str, str, int, int, str, str]]


def landing_folder() -> Path:
    settings = get_settings()
    return settings.landing or settings.lake / "landing"


def decisions(store: DeliveryStore) -> Decisions:
    """Every decision in the archive, so that a run can tell which are its own."""
    return {
        (s, r.manifest.delivery_id, r.manifest.period, r.manifest.delivery_number, r.state, r.decided_at)
        for s in delivered_sources()
        for r in _receipts_of(store, s)
    }


def _receipts_of(store: DeliveryStore, source: str):  # type: ignore[no-untyped-def]
    """Receipts of a source; none where they cannot be read, which `outcomes_now` says."""
    try:
        return store.receipts(source)
    except (HandleplanError, ValueError, OSError):
        return []


def accepted_since(store: DeliveryStore, before: Decisions) -> list[Outcome]:
    """What was accepted after `before` was written down."""
    return [
        Outcome(s, r.manifest.period, "accepted", None, _place(store, s, r), r.manifest.rows, sum(r.set_aside.values()))
        for s in delivered_sources()
        for r in _receipts_of(store, s)
        if r.state == "accepted"
        and (s, r.manifest.delivery_id, r.manifest.period, r.manifest.delivery_number, r.state, r.decided_at)
        not in before
    ]


def _place(store: DeliveryStore, source: str, receipt: Receipt) -> str:
    """Whether an accepted delivery counts, or another one of its period does."""
    number, current = receipt.manifest.delivery_number, store.current(source).get(receipt.manifest.period)
    if current is None or current.manifest.identity == receipt.manifest.identity:
        return f"delivery {number} counts now"
    return f"delivery {number} is kept; delivery {current.manifest.delivery_number} counts now"


def outcomes_now(store: DeliveryStore, landing: Path) -> list[Outcome]:
    """What is refused, waits or was passed over now, in every source and beside them."""
    found: list[Outcome] = []
    for source in delivered_sources():
        try:
            found += [o for o in standing(store, landing, delivery_of(source)) if o.state in TOLD]
        except (HandleplanError, ValueError, OSError) as e:
            text = str(e) if isinstance(e, HandleplanError) else f"cannot be read ({type(e).__name__}); restore it."
            found.append(Outcome(source, None, "refused", "receipt", f"a receipt or a folder: {text}", 0, 0))
    return found + _where_nobody_looks(landing)


OF_NO_SOURCE = "no source has this name; nothing in the folder is taken in. See `handleplan sources`."
OF_THE_GENERATOR = ("truth.parquet", "faults.parquet", "hard.parquet")
"""What `handleplan synthesize` writes beside its deliveries for tests: for no lake."""
LOOSE = "lies in the landing folder itself and is not taken in. Put it into the folder of its source."


def _where_nobody_looks(landing: Path) -> list[Outcome]:
    """What lies in the landing folder and is never looked at: folders of no source, and files beside the folders."""
    known = set(delivered_sources())
    try:
        there = sorted((p.name, p.is_dir()) for p in landing.iterdir() if not p.name.startswith("."))
    except OSError:
        return []
    return [
        Outcome(_named(n, is_folder), None, "foreign", "source", OF_NO_SOURCE if is_folder else LOOSE, 0, 0)
        for n, is_folder in there
        if n not in (known if is_folder else OF_THE_GENERATOR)
    ]


def _named(name: str, is_folder: bool) -> str:
    """A name as it may be told: it may hold anything."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_.-]{1,40})?", name) and not re.search(CPR_LIKE, name)
    return name if plain else "(a folder)" if is_folder else "(a file)"


def as_range(count: int) -> str:
    return f"1-{SMALL}" if 1 <= count <= SMALL else str(count)


def tell_outcomes(outcomes: Iterable[Outcome]) -> None:
    """A row per file: what became of it and why."""
    rows = [
        (
            o.source,
            "" if o.period is None else str(o.period),
            TOLD.get(o.state, o.state),
            as_range(o.rows),
            as_range(o.set_aside),
            o.rule or "",
            o.sentence,
        )
        for o in sorted(outcomes, key=lambda o: (o.state != "accepted", o.source, o.period or 0))
    ]
    if rows:
        show_table(("Source", "Period", "State", "Rows", "Set aside", "Rule", "Why"), rows, "Deliveries")


def tell_unusual(store: DeliveryStore) -> None:
    """A line per delivery that counts and is unusual against the one before it."""
    measures = [compared(store, [])]
    for source in delivered_sources():
        try:
            measures.append(compared(store, [source]))
        except (HandleplanError, ValueError, OSError):
            continue  # `outcomes_now` says it
    for u in unusual(pl.concat(measures)):
        say(f"usædvanlig / unusual: {u.sentence}", "yellow")


def in_a_word(outcomes: Iterable[Outcome]) -> str:
    """How many files were refused, wait or were passed over; empty when none."""
    counted = Counter(o.state for o in outcomes if o.state in TOLD)
    return ", ".join(f"{counted[s]} {word}" for s, word in TOLD.items() if counted[s])  # type: ignore[index]


def sources() -> None:
    """Every source of the plan, whether it has been delivered, and what was refused or waits."""
    store, landing = delivery_store(get_settings().lake), landing_folder()
    now = outcomes_now(store, landing)
    headings = (
        "Kilde",
        "Titel",
        "Producent",
        "Adgang",
        "Følsomhed",
        "Resultatmål",
        "Tilstand",
        "Afvist",
        "Venter",
        "Uden manifest eller fremmed",
    )
    rows = []
    for s in load_catalogue().sources:
        periods = sorted({r.manifest.period for r in _receipts_of(store, s.id) if r.state == "accepted"})
        state = f"leveret: {periods[0]}-{periods[-1]}, {len(periods)} år" if periods else "ikke leveret"
        state = "offentliggjort, pinnet" if s.kind == "published" else state
        mine = Counter(o.state for o in now if o.source == s.id)
        counts = [str(mine[k]) if mine[k] else "" for k in ("refused", "waiting", "foreign")]
        goals = ", ".join(map(str, load_catalogue().goals_of(s)))
        rows.append((s.id, s.title_da, s.producer, s.access, s.sensitivity, goals, state, *counts))
    show_table(headings, rows, "Kilder")
    tell_outcomes(now)
    tell_unusual(store)
    if now:
        say(f"Leveringer der ikke er i orden / deliveries not in order: {in_a_word(now)}", "yellow")


def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write the deliveries to", file_okay=False)],
    scale: Annotated[float, typer.Option(min=0.001, max=LARGEST_SCALE, help="1 is the size of Copenhagen")] = 0.05,
    years: Annotated[str, typer.Option(help="First and last year, e.g. 2006-2014")] = "2006-2015",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files")] = 1,
    dirty: Annotated[bool, typer.Option(help="Plant the catalogue of faults")] = False,
    hard: Annotated[bool, typer.Option(help="Plant the cases that real registers hold, with their truth")] = False,
    summed: Annotated[bool, typer.Option(help="Write summed data sets of the same truth beside it")] = False,
    blank_below: Annotated[
        int | None, typer.Option(min=1, help="Hide numerators below this in the summed data sets")
    ] = None,
) -> None:
    """Generate deliveries of a synthetic Copenhagen, with the truth beside them."""
    from handleplan_pipeline.synthetic import TRUTH, generate
    from handleplan_pipeline.synthetic.summed import write_summed

    span = re.fullmatch(r"(\d{4})-(\d{4})", years)
    if not span or not FIRST_YEAR <= int(span[1]) <= int(span[2]) <= LAST_YEAR:
        raise ConfigurationError(
            f"--years must be two years like 2006-2014, from {FIRST_YEAR} to {LAST_YEAR}, the first one first."
        )
    if blank_below is not None and not summed:
        raise ConfigurationError("--blank-below hides in the summed data sets: it needs --summed.")
    generate(out, scale, range(int(span[1]), int(span[2]) + 1), seed, dirty, hard)
    if summed:
        write_summed(out / TRUTH, out, blank_below)
    say(f"deliveries of {years} at scale {scale:g}: {out}")
