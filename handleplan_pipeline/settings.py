"""Settings of an installation, from the environment (`HANDLEPLAN_…`) or a `.env` file; no secret has a default."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from handleplan_pipeline.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things are and how sources are read.

    `lake` holds tables, releases and the warehouse; `reference` the pinned official files; `landing` is where
    deliveries arrive (default: `lake`/landing). `key_file` holds the key of the pseudonyms, `permissions` the
    permissions on file; `person_level` says whether this installation may hold data on persons. `disclosure` is on; the
    explicit word switches it off for synthetic figures only and marks the release. `statbank` is
    `snapshot` (default: the pinned files) or `live` (Statistics Denmark's API at `statbank_url`). `memory_limit` is how
    much memory one query of the database may have, e.g. `4GB`; the rest goes to an encrypted folder of the lake.
    """

    model_config = SettingsConfigDict(env_prefix="HANDLEPLAN_", env_file=".env", extra="ignore", frozen=True)

    lake: Path = PROJECT_ROOT / "data_lake"
    landing: Path | None = None
    reference: Path = PROJECT_ROOT / "data_lake" / "reference"
    municipality: str = Field("101", pattern=r"^[0-9]{3}$")
    statbank: Literal["snapshot", "live"] = "snapshot"
    statbank_url: str = "https://api.statbank.dk/v1"
    profile: Literal["demonstration", "production"] = "demonstration"
    key_file: Path | None = None
    permissions: Path | None = None
    person_level: bool = True
    disclosure: Literal["on", "off-not-to-be-shared"] = "on"
    lock_wait_seconds: float = Field(600.0, ge=0)
    memory_limit: str | None = Field(None, pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process; the environment is read once. Raises ConfigurationError naming what is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as e:
        first = e.errors()[0]
        name = "_".join(str(p) for p in first["loc"]).upper()
        raise ConfigurationError(f"HANDLEPLAN_{name}: {first['msg']}.") from None
