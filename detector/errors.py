"""Errors a person can act on, each with the exit code of the data contract.

Codes: 0 done, 1 runtime error, 2 usage, 3 data gate, 4 quarantine not empty under
``--strict``, 5 findings above ``--fail-on``.
"""

from __future__ import annotations

from typing import ClassVar


class EnduseError(Exception):
    """A failure with one clear sentence: what was found, what was expected, what to do."""

    exit_code: ClassVar[int] = 1


class OutputError(EnduseError):
    """Results could not be written: no space, no permission, or the folder is taken."""


class StateError(EnduseError):
    """Stored state is damaged or held by another writer."""


class StateDamaged(StateError):
    """A file of the stored state is missing, cut off or not what was written."""


class StateHeld(StateError):
    """Another process writes to the state, or publishes from it."""


class ModelError(EnduseError):
    """A model file is missing, damaged or does not fit the features of this version."""


class UsageError(EnduseError):
    """The command was called with words that do not go together."""

    exit_code = 2


class DataError(EnduseError):
    """The log folder cannot be scored: a table is missing or has the wrong shape."""

    exit_code = 3


class NotData(DataError):
    """A file that is known to hold no rows of a table: a manifest, a digest, a marker."""


class UnknownShape(DataError):
    """A file that is neither the contract's nor a known log."""


class Unreadable(DataError):
    """A file that cannot be read to its end: cut off, damaged, or a bomb."""


class Unreachable(DataError):
    """An object store that does not answer, refuses, or has no such folder; never one file."""


class PackError(DataError):
    """A policy pack that says something wrong, twice or not at all; it is named with its line."""


class TooManyBadRows(DataError):
    """The quarantined share of a table passed ``--max-bad``."""


class StrictQuarantine(EnduseError):
    """Rows are in quarantine or files were set aside, and ``--strict`` was asked for."""

    exit_code = 4


class FindingsAbove(EnduseError):
    """More findings than ``--fail-on`` allows."""

    exit_code = 5
