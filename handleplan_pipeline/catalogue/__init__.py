"""The plan as data: loads the YAML files beside this module, validates them and checks every reference."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from handleplan_pipeline.catalogue import closed_lists
from handleplan_pipeline.catalogue.measured import Indicator, Source
from handleplan_pipeline.catalogue.models import Goal, Plan, Precondition
from handleplan_pipeline.catalogue.whole import Catalogue
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import get_settings

__all__ = ["Catalogue", "Goal", "Indicator", "Precondition", "Source", "load_catalogue", "read_catalogue"]

FOLDER = Path(__file__).parent
WITH_MARGIN = ("parity", "not_above", "equal_reduction")
"""Target types that are judged against a margin or limit, and so know a clear no."""
FILES = (
    "plan",
    "indicators",
    "preconditions",
    "activities",
    "plan_figures",
    "questions",
    "series_breaks",
    "caveats",
    "remarks",
    "sources",
    "expected",
    "context",
    "code_lists",
    "municipalities",
    "delivered_codes",
    "sentences",
    "phrases",
    "rules",
    "disclosure",
    "plausibility",
    "translations",
    "check_rules",
    "release_calendar",
    "corrections",
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """As the safe loader, but a name that stands twice is an error: the later one would hide the earlier."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [k.value for k, _ in node.value]
        if twice := _duplicates(names):
            raise yaml.constructor.ConstructorError(None, None, f"named twice: {', '.join(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


def read_file(path: Path, annotation: Any) -> Any:
    """A file of the catalogue in the shape of `annotation`. Raises ConfigurationError naming file, entry and field."""
    loaded: Any = None
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        if path.name == closed_lists.FILE:
            loaded = _with_pinned_codes(loaded)
        return TypeAdapter(annotation).validate_python(loaded)
    except FileNotFoundError:
        raise ConfigurationError(f"catalogue/{path.name} is missing.") from None
    except yaml.YAMLError as e:
        raise ConfigurationError(f"catalogue/{path.name} is not YAML: {e}") from None
    except ValidationError as e:
        first = e.errors()[0]
        raise ConfigurationError(
            f"catalogue/{path.name}: {e.error_count()} errors, first at entry {_place(loaded, first['loc'])}: "
            f"{first['msg']}"
        ) from None


def _place(loaded: Any, location: Iterable[int | str]) -> str:
    """Where an error lies, every entry by its own name as far as it has one."""
    names: list[str] = []
    for step in location:
        try:
            loaded = loaded[step]
        except (TypeError, LookupError):
            loaded = None
        own = (
            next((loaded[n] for n in ("id", "code", "slug") if n in loaded), None) if isinstance(loaded, dict) else None
        )
        names.append(str(step if own is None or isinstance(step, str) else own))
    return ".".join(names)


def _with_pinned_codes(lists: Any) -> Any:
    """The lists, those that name a pinned file with its codes."""
    folder = get_settings().reference / "codes"
    return [
        {**x, "codes": closed_lists.from_file(folder / f"{x['file']}.csv")}
        if isinstance(x, dict) and x.get("file")
        else x
        for x in lists or []
    ]


def _duplicates(ids: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({i for i in ids if i in seen or seen.add(i)})  # type: ignore[func-returns-value]


def _references(c: Catalogue) -> Iterator[tuple[str, str, str, list[str]]]:
    """(file, entry, kind of thing referred to, ids) of every reference in the catalogue."""
    for g in c.goals:
        yield (
            "plan.yaml",
            g.slug,
            "indicators",
            [
                *g.headline_indicators,
                *g.companion_indicators,
                *g.context_indicators,
            ],
        )
        yield "plan.yaml", g.slug, "preconditions", g.preconditions
        yield "plan.yaml", g.slug, "remarks", g.remarks
    for o in c.plan.overall:
        yield "plan.yaml", o.slug, "indicators", o.headline_indicators
    for b in c.plan.baselines:
        yield "plan.yaml", b.slug, "indicators", [b.indicator, *(q.indicator for q in b.quantities if q.indicator)]
    for i in c.indicators:
        named = (i.parent, i.rate, i.crude, i.anonymous, i.outcome_unknown, i.unknown_apart, i.told_by, i.told_with)
        yield "indicators.yaml", i.id, "indicators", [*(x for x in named if x is not None), *i.parts]
        yield "indicators.yaml", i.id, "caveats", i.caveats
        yield "indicators.yaml", i.id, "sources", [*i.needs, *i.exists_from, *i.looks_back, *i.always]
    for p in c.phrases:
        yield "phrases.yaml", p.id, "indicators", [p.id]
    for a in c.activities:
        yield "activities.yaml", a.id, "remarks", a.remarks
    for s in c.series_breaks:
        yield "series_breaks.yaml", s.id, "indicators", s.indicators
    for k in c.corrections:
        yield "corrections.yaml", k.id, "indicators", k.indicators
    for y in c.context:
        yield "context.yaml", y.id, "sources", [y.source]
        yield "context.yaml", y.id, "caveats", y.caveats
    for x in c.sources:
        yield "sources.yaml", x.id, "sources", [x.stands_in_for] if x.stands_in_for else []


def _check(c: Catalogue) -> None:
    ids: dict[str, list[str]] = {
        name: [x.id for x in getattr(c, name)]
        for name in (
            "indicators",
            "preconditions",
            "activities",
            "plan_figures",
            "questions",
            "series_breaks",
            "caveats",
            "remarks",
            "sources",
            "context",
            "sentences",
            "phrases",
            "release_calendar",
            "corrections",
        )
    }
    for name, found in ids.items():
        if twice := _duplicates(found):
            raise ConfigurationError(f"catalogue/{name}.yaml: ids used twice: {', '.join(twice)}.")
    for file, entry, kind, referred in _references(c):
        if unknown := sorted(set(referred) - set(ids[kind])):
            raise ConfigurationError(f"catalogue/{file}: entry {entry} refers to unknown {kind}: {', '.join(unknown)}.")
    if [g.number for g in c.goals] != list(range(1, 12)):
        raise ConfigurationError("catalogue/plan.yaml: the goals must be numbered 1 to 11, each once, in order.")
    for g in c.goals:
        if (g.target.type in WITH_MARGIN) != (g.target.margin is not None):
            raise ConfigurationError(f"catalogue/plan.yaml: entry {g.slug}: this target type and margin do not fit.")


def _check_rules(c: Catalogue) -> None:
    """Every goal is judged by a listed version of its rule, and no version was changed after it was listed."""
    listed = {(r.rule_id, r.version): r for r in c.rules}
    if len(listed) != len(c.rules):
        raise ConfigurationError("catalogue/rules.yaml: a version of a rule is listed twice.")
    for g in c.goals:
        found = listed.get((g.target.rule_id, g.target.rule_version))
        thresholds = (g.target.margin, g.target.margin_unit, g.target.margin_sensitivity)
        if found is None or (found.margin, found.margin_unit, found.margin_sensitivity) != thresholds:
            raise ConfigurationError(
                f"catalogue/plan.yaml: entry {g.slug}: rule {g.target.rule_id}, version {g.target.rule_version}, is "
                "not listed in rules.yaml with these thresholds. A changed threshold is a new version: list it there."
            )
    for r in c.rules:
        if (r.type in WITH_MARGIN) != (r.outcomes.clearly_not_met is not None):
            raise ConfigurationError(
                f"catalogue/rules.yaml: entry {r.rule_id}, version {r.version}: a rule with a margin, and no other, "
                "has words for clearly_not_met."
            )
    for i in c.indicators:
        if (i.kind == "headline") != (i.judged_by is not None):
            raise ConfigurationError(f"catalogue/indicators.yaml: entry {i.id}: only headline indicators are judged.")
    unsaid = {i for g in c.goals for i in g.headline_indicators} - {p.id for p in c.phrases}
    if unsaid:
        raise ConfigurationError(f"catalogue/phrases.yaml: no words for the headlines of {', '.join(sorted(unsaid))}.")


def _check_told(c: Catalogue) -> None:
    """Lists that tell in an indicator's place say by which version of the criteria the baseline was counted."""
    for i in c.indicators:
        if (i.told_by is None) != (i.told_with is None):
            raise ConfigurationError(f"catalogue/indicators.yaml: entry {i.id}: told_by and told_with come together.")
        if i.told_by is not None and "baseline_version" not in c.indicator(i.told_by).parameters:
            raise ConfigurationError(
                f"catalogue/indicators.yaml: entry {i.told_by}: tells of {i.id} and needs the parameter "
                "baseline_version."
            )
    for g in c.goals:
        if len([i for i in g.headline_indicators if c.indicator(i).told_by]) > 1:
            raise ConfigurationError(f"catalogue/plan.yaml: entry {g.slug}: two indicators are told by lists.")


def _check_disclosure(c: Catalogue) -> None:
    """Layouts and policies name what exists."""
    known, d = {i.id: i for i in c.indicators}, c.disclosure
    layouts = {x.id for x in d.layouts}
    if wrong := sorted({i.layout for i in c.indicators} - layouts):
        raise ConfigurationError(f"catalogue/indicators.yaml: unknown layouts: {', '.join(wrong)}.")
    mentioned = [*d.derived, *(i for x in d.derived.values() for i in x), *d.public_denominators]
    mentioned += [i for v in d.variants for i in (v.of, v.indicator)]
    mentioned += [i for pair in d.shown_with.items() for i in pair]
    mentioned += [g.indicator for g in d.given_up] + [p.indicator for p in d.public_rows]
    if wrong := sorted(set(mentioned) - set(known)):
        raise ConfigurationError(f"catalogue/disclosure.yaml: unknown indicators: {', '.join(wrong)}.")


def _check_codes(c: Catalogue) -> None:
    """No code stands twice in a list, neither of those that are printed nor of those that are delivered."""
    for name, entries in c.code_lists.items():
        if twice := _duplicates(e.code for e in entries):
            raise ConfigurationError(f"catalogue/code_lists.yaml: list {name}: codes listed twice: {', '.join(twice)}.")
    closed_lists.check(c.delivered_codes)


def _check_plausibility(c: Catalogue) -> None:
    """Every limit is a number."""
    numbers = {n for n, p in c.plausibility.items() if type(p.value) in (int, float)}
    if wrong := sorted(set(c.plausibility) - numbers):
        raise ConfigurationError(f"catalogue/plausibility.yaml: limits that are no numbers: {', '.join(wrong)}.")


def _check_expected(c: Catalogue) -> None:
    """Every source has one day on which it is expected, and a pinned one the years it brings."""
    named = [s for x in c.expected for s in x.sources]
    known = {s.id for s in c.sources}
    if unknown := sorted(set(named) - known):
        raise ConfigurationError(f"catalogue/expected.yaml: unknown sources: {', '.join(unknown)}.")
    if twice := _duplicates(named):
        raise ConfigurationError(f"catalogue/expected.yaml: expected twice: {', '.join(twice)}.")
    if missing := sorted(known - set(named)):
        raise ConfigurationError(f"catalogue/expected.yaml: no day for: {', '.join(missing)}. Say when, and why then.")
    for x in c.expected:
        of_the_repository = all(_comes_with_the_repository(c.source(s)) for s in x.sources)
        if (x.editions is not None) != of_the_repository:
            raise ConfigurationError(
                f"catalogue/expected.yaml: entry {x.id}: sources that come with the repository, and no others, have "
                "editions."
            )


def _comes_with_the_repository(source: Source) -> bool:
    return source.kind == "published" and source.statbank_extract is None


def _check_translations(c: Catalogue) -> None:
    """Every Danish text of the plan that is published has its English, and a text is translated in one way."""
    if twice := _duplicates(t.da for t in c.translations):
        raise ConfigurationError(f"catalogue/translations.yaml: translated twice: {twice[0][:60]}")
    if missing := [t for t in c.texts_to_translate() if c.english(t) is None]:
        raise ConfigurationError(f"catalogue/translations.yaml: no English for: {missing[0][:60]}")
    counted = [t for i in c.indicators for t in (i.numerator_en, i.denominator_en) if t is not None]
    if untold := [t for t in counted if c.danish(t) is None]:
        raise ConfigurationError(f"catalogue/translations.yaml: no Danish for: {untold[0][:60]}")


def read_catalogue(folder: Path) -> Catalogue:
    """The catalogue in `folder` as it is written, for no municipality yet.

    Raises ConfigurationError naming file, entry and field.
    """
    fields = Catalogue.model_fields
    shapes = {name: Plan if name == "plan" else fields[name].annotation for name in FILES}
    parts = {name: read_file(folder / f"{name}.yaml", shape) for name, shape in shapes.items()}
    catalogue = Catalogue.model_construct(**parts)
    _check(catalogue)
    _check_rules(catalogue)
    _check_told(catalogue)
    _check_disclosure(catalogue)
    _check_codes(catalogue)
    _check_plausibility(catalogue)
    _check_expected(catalogue)
    _check_translations(catalogue)
    return catalogue


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return read_catalogue(FOLDER)


@lru_cache(maxsize=2)
def _of(municipality: str | None) -> Catalogue:
    return _shipped().of(municipality)


def load_catalogue() -> Catalogue:
    """The catalogue that ships with the package, for the municipality of the settings; read once per process.

    The only place where the setting acts: whoever asks which municipality is counted, asks the plan here.
    """
    return _of(get_settings().municipality)
