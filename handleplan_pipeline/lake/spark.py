"""The SQL engine where registers live in a lakehouse: Spark, local, on a cluster, or behind a Connect address.

Same inputs, same SQL, same rows as DuckDB; parts named more than once are made once and kept, small inputs are sent to
everybody. What a local Spark cannot hold in memory lies encrypted in a folder of the lake, and nothing of it listens
outside this machine.
"""

import atexit
import contextlib
import importlib
import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake import spill
from handleplan_pipeline.lake.engine import Params, SqlError, SqlInput
from handleplan_pipeline.lake.key_ids import require_one_key
from handleplan_pipeline.lake.parquet import require_whole
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.settings import get_settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

INSTALL = "pip install 'handleplan-pipeline[spark]', or requirements/spark.lock with --require-hashes"
CONNECT = ("grpc", "grpc_status", "google.rpc", "zstandard")
"""What a Connect server is spoken to with. Spark's own check of it ends the process, with the exit code of success."""
CONNECT_PORT, WAIT_SECONDS = 15002, 10.0
"""Where a Connect server listens if its address does not say, and how long it has to answer."""
SMALL_BYTES = 200 * 1024**2
"""What is smaller is sent to every worker instead of sorting the other side by it. Ours: the persons that one goal asks
about are below it in the whole country (docs/scale.md)."""
SESSION = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.autoBroadcastJoinThreshold": str(SMALL_BYTES),
    "spark.sql.runSQLOnFiles": "false",
}
"""Settings of any session. Text that is no number is an error, as it is in DuckDB; SQL opens no file by its path."""
PLAIN: dict[type[pl.DataType], type[pl.DataType]] = {
    pl.Categorical: pl.String,
    pl.Enum: pl.String,
    pl.UInt8: pl.Int16,
    pl.UInt16: pl.Int32,
    pl.UInt32: pl.Int64,
    pl.UInt64: pl.Int64,
}
"""Types of frames that Spark does not have, and the ones that hold them."""
GLOB = "\\*?[]{},"
"""What Hadoop takes for a pattern in a path."""
ENDS_A_PATH = ",\"'\\"
"""What a folder of Spark's own cannot have in its path."""
_OPEN: dict[tuple[str, int], "SparkSession"] = {}
"""Sessions by address and process."""
_HELD = contextlib.ExitStack()
"""The folders of their drivers."""
_ONE_AT_A_TIME = threading.Lock()
"""Views have names, and a session has one of each name."""


class SparkEngine:
    """Queries on one session per process and address. `address`: a master, or `sc://` of a Connect server."""

    def __init__(self, address: str) -> None:
        self._address = address

    def query(
        self, sql: str, inputs: Mapping[str, SqlInput], params: Params | None = None, name: str = "query"
    ) -> pl.DataFrame:
        """As DuckDbEngine.query: the rows of `sql`, for answers that this process can hold."""
        with self._answer(sql, inputs, params or {}, name) as answer:
            return pl.DataFrame(pl.from_arrow(answer.toArrow()))

    def write(
        self, sql: str, inputs: Mapping[str, SqlInput], folder: Path, params: Params | None = None, name: str = "query"
    ) -> tuple[Path, ...]:
        """As DuckDbEngine.write: whoever counts a part of the answer writes it; `folder` is seen by all of them."""
        rows = folder / "rows"
        with self._answer(sql, inputs, params or {}, name) as answer:
            _storable(answer).write.parquet(str(rows), compression="zstd")
        return tuple(sorted(rows.glob("*.parquet")))

    @contextlib.contextmanager
    def _answer(self, sql: str, inputs: Mapping[str, SqlInput], params: Params, name: str) -> Iterator["DataFrame"]:
        spark = session(self._address)
        from handleplan_pipeline.lake.spark_sql import INPUT, NotPortableError, script

        require_one_key(inputs, name)
        values = {k: list(v) if isinstance(v, (list, tuple)) else v for k, v in params.items()}
        try:
            found = script(sql, frozenset(inputs), frozenset(k for k, v in values.items() if isinstance(v, list)))
        except NotPortableError as e:
            raise SqlError(f"{name}: the query {e}.") from None
        views: list[str] = []
        with _ONE_AT_A_TIME, _in_words(name, inputs):
            try:
                for given, data in inputs.items():
                    if given.lower() in found.inputs:
                        views.append(INPUT.format(given.lower()))
                        _rows_of(spark, data).createOrReplaceTempView(views[-1])
                for part in found.parts:
                    frame = _asked(spark, part.sql, values)
                    views.append(part.view)
                    (frame.localCheckpoint() if part.uses > 1 else frame).createOrReplaceTempView(part.view)
                yield _asked(spark, found.answer, values)
            finally:
                for view in views:
                    spark.catalog.dropTempView(view)


def _asked(spark: "SparkSession", sql: str, values: Mapping[str, Any]) -> "DataFrame":
    return spark.sql(sql, args={k: v for k, v in values.items() if f":{k}" in sql})


def _storable(frame: "DataFrame") -> "DataFrame":
    """Columns of nothing but nulls as text: what Spark writes of a column without a type, others cannot read."""
    untyped = [f.name for f in frame.schema.fields if f.dataType.typeName() == "void"]
    return frame.withColumns({n: frame[n].cast("string") for n in untyped}) if untyped else frame


def _first_line(text: str) -> str:
    return next((line for line in map(str.strip, text.splitlines()) if line), "")


def _rows_of(spark: "SparkSession", data: SqlInput) -> "DataFrame":
    """An input as Spark's rows."""
    if isinstance(data, LakeTable):
        # a folder named `a=b` above the table is no column of it
        reader = spark.read.option("basePath", f"file://{data.files[0].parent.absolute()}")
        return reader.parquet(*(_literally(f) for f in data.files))
    kinds = {n: t.base_type() for n, t in data.schema.items()}
    plain = data.with_columns(pl.col(n).cast(PLAIN[t]) for n, t in kinds.items() if t in PLAIN)
    frame = spark.createDataFrame(plain.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return frame.hint("broadcast") if data.estimated_size() < SMALL_BYTES else frame


def _literally(path: Path) -> str:
    """`path` as a Hadoop path that is this file and no pattern."""
    return "file://" + "".join(f"\\{c}" if c in GLOB else c for c in str(path.absolute()))


@contextlib.contextmanager
def _in_words(name: str, inputs: Mapping[str, SqlInput]) -> Iterator[None]:
    """Spark's errors as sentences without a value of a row."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, ParseException, PySparkException

    try:
        yield
    except (AnalysisException, ParseException) as e:
        # about the query alone; below its first line it shows the plan
        raise SqlError(f"{name}: {type(e).__name__}: {_first_line(str(e))}") from None
    except (PySparkException, Py4JError) as e:
        failed = type(e).__name__
    else:
        return
    for t in inputs.values():
        if isinstance(t, LakeTable):
            require_whole(t.files, f"{t.layer}.{t.name}")
    raise SqlError(
        f"{name}: the query failed in Spark with {failed}; its message is withheld because it can hold values of rows. "
        "Run the query on synthetic data to see it."
    ) from None


def session(address: str) -> "SparkSession":
    """The session of this process at this address. Raises ConfigurationError, saying what to do, when there is none."""
    key = (address, os.getpid())
    if key not in _OPEN:
        _OPEN[key] = _begun(address)
    return _OPEN[key]


def stop() -> None:
    """End the sessions of this process and remove their folder; the next query begins another one."""
    mine = [key for key in _OPEN if key[1] == os.getpid()]
    for key in mine:
        _OPEN.pop(key).stop()
    # a forked process ends too, and has nothing to remove
    if mine:
        let_go()


def let_go() -> None:
    """Remove the folders that drivers of this process have had."""
    _HELD.close()


def require_usable(address: str) -> None:
    """What can be known before a session is begun. Raises ConfigurationError, saying what to install or to start."""
    try:
        for module in ("sqlglot", "pyspark", *(CONNECT if address.startswith("sc://") else ())):
            importlib.import_module(module)
    except ImportError as e:
        raise ConfigurationError(
            f"HANDLEPLAN_ENGINE=spark: {e.name} is not installed. Install it ({INSTALL}), or unset HANDLEPLAN_ENGINE."
        ) from None
    if not address.startswith("sc://"):
        require_java()
        return
    server = urlsplit(address)
    try:
        # Spark itself would try for ten minutes
        with socket.create_connection((server.hostname, server.port or CONNECT_PORT), timeout=WAIT_SECONDS):
            pass
    except OSError as e:
        raise _no_session(e) from None


def _no_session(e: Exception) -> ConfigurationError:
    """The sentence for an address at which there is no Spark; the address itself may hold a token."""
    return ConfigurationError(
        f"HANDLEPLAN_SPARK: no Spark at that address ({type(e).__name__}). A master is local[2], spark://HOST:7077, "
        "yarn or k8s://..., a Connect server sc://HOST:15002. It must be up; a master needs Java 17 or later on this "
        "machine too (`java -version`)."
    )


def _begun(address: str) -> "SparkSession":
    require_usable(address)
    from pyspark.sql import SparkSession

    # it would write whole messages, with values, to the log
    logging.getLogger("SQLQueryContextLogger").disabled = True
    builder: Any = SparkSession.builder
    if address.startswith("sc://"):
        builder = builder.remote(address)
    else:
        for key, value in of_a_driver(address).items():
            builder = builder.config(key, value)
        builder = builder.master(address).appName("handleplan")
    try:
        found: SparkSession = builder.getOrCreate()
        for key, value in SESSION.items():
            found.conf.set(key, value)
    except Exception as e:
        raise _no_session(e) from None
    atexit.register(stop)
    return found


def require_java() -> None:
    """Raise ConfigurationError where there is no Java to run a driver."""
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        where = f"JAVA_HOME={home} has no bin/java" if home else "there is no java on the PATH"
        raise ConfigurationError(
            f"HANDLEPLAN_ENGINE=spark: {where}. Install Java 17 or later (Debian: openjdk-17-jre-headless), or give "
            "the address of a Connect server (HANDLEPLAN_SPARK=sc://HOST:15002), which needs none."
        )


def of_a_driver(address: str) -> dict[str, str]:
    """Settings of a session whose driver is this process; its folder is gone when the process ends."""
    place = _HELD.enter_context(spill.folder(get_settings().lake.resolve()))
    if place is None:
        raise ConfigurationError(f"{get_settings().lake}: Spark needs a folder of the lake for what it cannot hold.")
    if any(c in str(place) for c in ENDS_A_PATH):
        let_go()
        raise ConfigurationError(
            f"{get_settings().lake}: Spark takes a comma, a quote or a backslash in a path for the end of it. "
            "Move the lake."
        )
    found = {
        "spark.local.dir": str(place),
        "spark.sql.warehouse.dir": str(place / "warehouse"),
        "spark.driver.extraJavaOptions": f'"-Djava.io.tmpdir={place}"',
        "spark.io.encryption.enabled": "true",
        "spark.io.encryption.keySizeBits": "256",
        # it would show queries and plans to whoever may open a port
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # its messages hold values of rows
        "spark.log.level": "OFF",
    }
    if address.startswith("local"):
        said = address.removeprefix("local").strip("[]")
        workers = (os.cpu_count() or 1) if said == "*" else int(said or 1)
        found |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": f"{_heap_mib()}m",
            "spark.sql.shuffle.partitions": str(2 * workers),
        }
    return found


UNITS = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2}


def _heap_mib() -> int:
    """Memory of a local Spark: the setting of the installation, or half of the machine."""
    if limit := get_settings().memory_limit:
        number = limit.rstrip("iB ").rstrip()
        return max(512, int(float(number[:-1]) * UNITS[number[-1]]))
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 // 1024**2
