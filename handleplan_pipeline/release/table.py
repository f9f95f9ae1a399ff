"""A table about to be published."""

from dataclasses import dataclass

import polars as pl

from schemas.contract import Column, TableContract


@dataclass(frozen=True)
class Table:
    """A table about to be published."""

    contract: TableContract
    frame: pl.DataFrame
    extra: tuple[Column, ...] = ()

    @property
    def schema(self) -> str:
        return self.contract.layer

    @property
    def name(self) -> str:
        return self.contract.name
