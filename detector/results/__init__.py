"""The output of a scoring run: its words, its tables, its record, and its folder.

========= =======================================================================
words     queues, outcomes, changes and lanes, each list once
tables    columns and types of the tables
run       ``run.json`` as a typed record, read in one place
runparts  the parts of that record
folder    how a run is written whole, and read again
lawqueue  which rows of lane L ask for a person, and in what order
leadqueue which rows of lane E are leads, and in what order
published what a page shows of a run's folder, in bounded memory
reviewed  a run for its report: whole for whoever is reviewed
week      what changed since an earlier run: its words and its table
========= =======================================================================
"""

from __future__ import annotations

from detector.results.folder import Results
from detector.results.run import Run
from detector.results.tables import (
    AGREEMENT,
    FACTS_SCHEMA,
    FOLLOWUPS_SCHEMA,
    IDENTITY_SCHEMA,
    LANE_E,
    LANE_L,
    LEADS_SCHEMA,
    LINKS_SCHEMA,
    NOTE,
    OWNER,
    PART,
    POLICY_SCHEMA,
    REASON,
    RINGS_SCHEMA,
    SCORES_SCHEMA,
    TABLES,
    TIMELINES_SCHEMA,
    flat_csv,
)
from detector.results.words import QUEUES

__all__ = [
    "AGREEMENT", "FACTS_SCHEMA", "FOLLOWUPS_SCHEMA", "IDENTITY_SCHEMA", "LANE_E", "LANE_L",
    "LEADS_SCHEMA", "LINKS_SCHEMA", "NOTE", "OWNER", "PART", "POLICY_SCHEMA", "QUEUES", "REASON",
    "RINGS_SCHEMA", "SCORES_SCHEMA", "TABLES", "TIMELINES_SCHEMA", "Results", "Run", "flat_csv",
]  # fmt: skip
