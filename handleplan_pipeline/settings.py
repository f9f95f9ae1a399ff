"""Settings of an installation, from the environment (`HANDLEPLAN_…`) or the checkout's `.env`; no secret has a default.

The environment wins over `.env`. Only the `.env` of the checkout is read, whatever the working directory: one that lies
elsewhere is somebody else's and would lead `purge` and `deliver` to another lake.
"""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from handleplan_pipeline.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
FOLDERS_AND_FILES = ("lake", "national_lake", "landing", "reference", "key_file", "permissions", "approvers", "backups")
"""Settings that are paths. A relative one starts at the checkout in `.env`, at the working directory elsewhere."""
PartName = Literal["csv", "jsonstat", "sdmx", "xlsx", "report", "datapackage", "dcat"]
"""What a release can carry beside its tables, in the order it is made; the last two list what the others wrote."""
PART_NAMES: tuple[PartName, ...] = get_args(PartName)

SPARK_ADDRESS = re.compile(r"local(\[([1-9][0-9]*|\*)\])?|yarn|(spark|k8s|sc)://\S+")
"""A master, or a Connect server."""


class _CheckoutFile(DotEnvSettingsSource):
    """The checkout's `.env`, whose relative paths start at the checkout."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for name in FOLDERS_AND_FILES:
            if found.get(name):
                found[name] = str(PROJECT_ROOT / str(found[name]))
        return found


class Settings(BaseSettings):
    """Where things are and how sources are read.

    `lake` holds tables, releases and the warehouse; `reference` the pinned official files; `landing` is where
    deliveries arrive (default: `lake`/landing). `municipality` is the code of the municipality whose people are counted
    (default: the one whose plan it is). `national_lake` is the lake of the whole country's registers, out of which
    a municipality's part is cut (record 0074); where it is `lake` itself, that lake takes such registers in and
    counts nothing. `municipalities` are the codes, with commas between, that the job `municipalities` runs.
    `key_file` holds the key of the pseudonyms, `permissions` the permissions on file; `approvers` is an
    `allowed_signers` file of ssh-keygen, outside the lake: who may approve a release (default: nobody can);
    `backups` is the folder of backups. `person_level` says whether this installation may hold data on persons.
    `disclosure` is on; the explicit word switches it off for synthetic figures only and marks the release.
    `statbank` is `snapshot` (default: the pinned files) or `live` (Statistics Denmark's API at `statbank_url`).
    `memory_limit` is how much memory one query of the database may have, e.g. `4GB` (default: `1GB`); the rest goes
    to an encrypted folder of the lake. `engine` counts: `duckdb` (default) in this process, or `spark` at the
    address `spark`, a master (`local[2]`, `spark://HOST:7077`, `yarn`, `k8s://...`) or a Connect server
    (`sc://HOST:15002`, which may hold a token). `executor` says how the steps of a queued run are executed: one
    after another in the run's own process (default), or each in a `processes` of its own, some side by side.
    `release_parts` are what a release carries beside its tables: names with commas between, `all` (default) or
    `none`. `site_url` is the address under which the releases are put on the web, for what must hold whole
    addresses. `alerts` are the addresses alerts go to, in Apprise's form with blanks between; `heartbeat` is called
    by every tick. Both may hold passwords. `automation` switches schedules and sensors on; each can be switched by
    itself in the UI. `tick_cron` is when the daily tick comes, as cron has it, in Danish time; an hour from 1 to 3
    is skipped or comes twice when the clock changes. `sensor_seconds` is how often sensors look,
    `silent_after_minutes` when a run that has not started is told of, `least_free_gb` when a disk counts as full,
    `certificates` the files of certificates (PEM) whose end is told of.
    """

    model_config = SettingsConfigDict(
        env_prefix="HANDLEPLAN_", env_file=PROJECT_ROOT / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    lake: Path = PROJECT_ROOT / "data_lake"
    national_lake: Path | None = None
    landing: Path | None = None
    reference: Path = PROJECT_ROOT / "data_lake" / "reference"
    municipality: str | None = Field(None, pattern=r"^[1-9][0-9]{2}$")
    municipalities: Annotated[tuple[str, ...], NoDecode] = ()
    statbank: Literal["snapshot", "live"] = "snapshot"
    statbank_url: str = "https://api.statbank.dk/v1"
    key_file: Path | None = None
    permissions: Path | None = None
    approvers: Path | None = None
    backups: Path | None = None
    person_level: bool = True
    disclosure: Literal["on", "off-not-to-be-shared"] = "on"
    lock_wait_seconds: float = Field(600.0, ge=0)
    memory_limit: str | None = Field(None, pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: SecretStr = SecretStr("local[*]")
    executor: Literal["in_process", "processes"] = "in_process"
    site_url: str | None = Field(None, pattern=r"^https?://[^\s<>\"{}|\\^`]+$")
    alerts: SecretStr | None = None
    heartbeat: SecretStr | None = None
    automation: Literal["off", "on"] = "off"
    tick_cron: str = Field("0 7 * * *", pattern=r"^\S+( \S+){4}$")
    sensor_seconds: int = Field(60, ge=1, le=86400)
    silent_after_minutes: float = Field(180.0, ge=0)
    least_free_gb: float = Field(5.0, ge=0)
    certificates: Annotated[tuple[Path, ...], NoDecode] = ()
    release_parts: Annotated[tuple[PartName, ...], NoDecode] = PART_NAMES

    @field_validator(*FOLDERS_AND_FILES, mode="before")
    @classmethod
    def _whole_path(cls, value: Any) -> Any:
        """An empty path would be the working directory: it is no path at all."""
        text = str(value).strip() if isinstance(value, (str, Path)) else value
        return Path(text).expanduser().absolute() if text else None

    @field_validator("release_parts", mode="before")
    @classmethod
    def _named_parts(cls, value: Any) -> Any:
        """The named ones in the order they are made, each once."""
        if not isinstance(value, str):
            return value
        named = [n.strip() for n in value.split(",") if n.strip()]
        if named in (["all"], ["none"]):
            return PART_NAMES if named == ["all"] else ()
        if unknown := sorted(set(named) - set(PART_NAMES)):
            raise ValueError(
                f"{', '.join(unknown)}: no part of a release. They are {', '.join(PART_NAMES)}; or write all, or none"
            )
        if not named:
            raise ValueError("names no part; write none for none")
        return tuple(n for n in PART_NAMES if n in named)

    @field_validator("municipalities", mode="before")
    @classmethod
    def _codes(cls, value: Any) -> Any:
        """Codes with commas between, each once, in the order they are named."""
        named = value.split(",") if isinstance(value, str) else [str(v) for v in value]
        codes = tuple(dict.fromkeys(n.strip() for n in named if n.strip()))
        if wrong := [n for n in codes if not re.fullmatch("[1-9][0-9]{2}", n)]:
            raise ValueError(f"{', '.join(wrong)}: no code of a municipality, which has three digits")
        return codes

    @field_validator("alerts", "heartbeat", mode="before")
    @classmethod
    def _something(cls, value: Any) -> Any:
        """An empty address is none."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("spark")
    @classmethod
    def _an_address(cls, value: SecretStr) -> SecretStr:
        """An address of a form that Spark knows. What was given is not said: it may hold a token."""
        if not SPARK_ADDRESS.fullmatch(value.get_secret_value()):
            raise ValueError(
                "no address of Spark. It is local[2], spark://HOST:7077, yarn, k8s://... or sc://HOST:15002"
            )
        return value

    @field_validator("certificates", mode="before")
    @classmethod
    def _files(cls, value: Any) -> Any:
        """Paths with commas between; a relative one starts at the checkout."""
        named = value.split(",") if isinstance(value, str) else value
        return tuple(PROJECT_ROOT / Path(str(n).strip()).expanduser() for n in named if str(n).strip())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _CheckoutFile(settings_cls)

    @property
    def above(self) -> Path | None:
        """The national lake of a municipality's lake; None for a lake that stands alone, and for the national one."""
        return None if self.national_lake is None or self.is_national else self.national_lake

    @property
    def is_national(self) -> bool:
        """Whether the lake is the national one."""
        return self.national_lake is not None and self.national_lake.resolve() == self.lake.resolve()

    def fix_paths(self) -> None:
        """Write the paths into the environment as they are now, for processes that start in another folder."""
        for name in FOLDERS_AND_FILES:
            if (path := getattr(self, name)) is not None:
                os.environ[f"HANDLEPLAN_{name.upper()}"] = str(path)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process; the environment is read once. Raises ConfigurationError naming what is wrong."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as e:
        first = e.errors()[0]
        name = "_".join(str(p) for p in first["loc"]).upper()
        raise ConfigurationError(f"HANDLEPLAN_{name}: {first['msg']}.") from None
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{PROJECT_ROOT / '.env'}: cannot be read ({type(e).__name__}).") from None
