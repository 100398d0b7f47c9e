"""The same functions on a cluster: Apache Spark deals the work out and carries bytes.

Tasks read whole files and roll them up with ``features.rollups`` (mapInArrow); parts of
rollups go to the bucket of their accounts, where they are added up (applyInArrow) and where
the families that look at one account at a time are computed. What compares accounts with each
other (linkage, payers, synchrony, rings) comes to the driver, in less detail. Scores are made
by tasks that share the model by broadcast. Spark's own types, and so its session time zone,
are never asked: tables travel as Arrow files of bytes. What is made of the accounts of a bucket,
and of all buckets together, stands in ``detector.buckets``.

============== ===============================================================
session        a Spark session, or a sentence about what is missing
plan           which task reads which files, and how many buckets there are
tasks          running functions over numbers or buckets, and their errors
cargo          boxes as rows that Spark carries
logs           a log folder that is listed here and read by tasks
reading        files to rollups, in tasks
scoring        blocks of accounts to scores, in tasks
engine         who works where, as ``detector.pipeline`` asks for it
============== ===============================================================
"""

from detector.buckets.errors import EngineError
from detector.spark.engine import SparkEngine
from detector.spark.logs import ClusterLogs, open_cluster_logs
from detector.spark.session import open_session, running_session

__all__ = [
    "ClusterLogs",
    "EngineError",
    "SparkEngine",
    "open_cluster_logs",
    "open_session",
    "running_session",
]
