"""Finds every contract: each module under `schemas` may hold any number of `TableContract`s."""

import importlib
import pkgutil
from functools import lru_cache

import schemas
from schemas.contract import TableContract


@lru_cache(maxsize=1)
def all_contracts() -> dict[tuple[str, str], TableContract]:
    """Every contract by (layer, name). Raises ValueError when two modules declare the same table."""
    found: dict[tuple[str, str], TableContract] = {}
    for info in pkgutil.walk_packages(schemas.__path__, "schemas."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            for contract in value if isinstance(value, tuple) else (value,):
                if not isinstance(contract, TableContract):
                    continue
                key = (contract.layer, contract.name)
                if found.setdefault(key, contract) is not contract:
                    raise ValueError(f"{contract.full_name} is declared twice")
    return dict(sorted(found.items()))


def contract(layer: str, name: str) -> TableContract:
    """The contract of one table. Raises KeyError when there is none."""
    return all_contracts()[(layer, name)]


def delivered_sources() -> list[str]:
    """Every source that is delivered, by id. Imports all declarations first, so the order of imports is no matter."""
    from schemas.sources.delivery_shape import TABLES

    all_contracts()
    return sorted(TABLES)
