"""Limits of plausibility: parameters with version and reason in `plausibility.yaml`, asked by name."""

from handleplan_pipeline.catalogue import load_catalogue


def limits() -> dict[str, float]:
    """Name -> value, as the queries of the door ask for them."""
    return {name: p.value for name, p in load_catalogue().plausibility.items()}  # type: ignore[misc]


def limit(name: str) -> float:
    """The value of one limit."""
    return load_catalogue().plausibility[name].value  # type: ignore[return-value]
