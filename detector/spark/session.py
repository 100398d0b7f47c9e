"""A Spark session, or one sentence about what is missing to have one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.buckets.errors import EngineError
from detector.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST_JAVA: Final = 17
_MASTER: Final = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|(spark|k8s)://.+|yarn")
_SETTINGS: Final = {
    "spark.app.name": "enduse",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # A record is a table here: a batch of ten thousand of them would not fit.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "64",
    "spark.driver.maxResultSize": "0",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # One task works on one core; without this each would start a thread for every core.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",
}
_LOCAL: Final = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def open_session(master: str | None = None) -> SparkSession:
    """Start Spark, or take the session that this process already has.

    Parameters
    ----------
    master
        ``local[N]``, ``spark://HOST:PORT``, ``yarn`` or ``k8s://…``; default: what
        ``spark-submit`` or Spark's own configuration says, else ``local[*]``.

    Raises
    ------
    EngineError
        Where pyspark or Java is missing or Spark does not start.
    UsageError
        Where ``master`` is no address of a Spark cluster.
    """
    if master is not None and not _MASTER.fullmatch(master):
        raise UsageError(
            f"--master is {master!r}; expected local[2], spark://HOST:PORT, yarn or k8s://HOST:PORT"
        )
    try:
        import pyspark  # noqa: F401 - asked for by name, before anything is started
    except ModuleNotFoundError:
        raise EngineError(
            "pyspark is not installed, and --engine spark needs it; "
            "install it with: pip install 'enduse[spark]'"
        ) from None
    running = _active()
    if running is not None:
        return running
    check_java()
    return _start(master)


@contextmanager
def running_session(master: str | None = None) -> Iterator[SparkSession]:
    """A session as of ``open_session``; one that was started for it is stopped at the end."""
    had = _active()
    session = open_session(master)
    try:
        yield session
    finally:
        if had is None:
            session.stop()


def _active() -> SparkSession | None:
    """The session of this process, if Spark was ever asked for one."""
    if "pyspark" not in sys.modules:
        return None
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


def _start(master: str | None) -> SparkSession:
    with quiet():
        from py4j.protocol import Py4JError
        from pyspark.conf import SparkConf
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

    # Tasks must run the Python that has enduse; a cluster's own choice stands.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    known = SparkConf()
    chosen = master or known.get("spark.master", None) or "local[*]"
    settings = dict(_SETTINGS)
    if chosen.startswith("local"):
        settings |= _LOCAL
        os.environ.setdefault("SPARK_LOCAL_IP", _LOCAL["spark.driver.host"])
    builder = SparkSession.builder.master(chosen)
    for name, value in settings.items():
        if not known.contains(name):
            builder = builder.config(name, value)
    try:
        with quiet():
            return builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise EngineError(
            f"Spark did not start with --master {chosen}: {first_line(str(error))}; "
            "look at what Java wrote above, and check the address"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Which pandas pyspark would like does not matter: Arrow alone is used."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        yield


def check_java() -> None:
    """Ask for a Java that Spark runs on.

    Raises
    ------
    EngineError
        Where there is none, or one that is too old.
    """
    remedy = (
        f"Spark needs Java {LEAST_JAVA} or later; install it (Debian: apt-get install "
        "openjdk-17-jre-headless) or let JAVA_HOME name its folder"
    )
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise EngineError(f"no java was found {where}; {remedy}")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    number = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    if number is None or int(number[1]) < LEAST_JAVA:
        raise EngineError(f"{found} is Java {number[1] if number else 'unknown'}; {remedy}")


def first_line(text: str) -> str:
    """What an error says, without the trace that follows."""
    return text.strip().partition("\n")[0][:300]
