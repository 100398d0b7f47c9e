"""The ``enduse`` command: a thin mirror of the library.

Data goes to stdout, everything else to stderr. Heavy libraries are imported inside the
commands that need them, so that ``enduse --help`` answers at once.
"""

from detector.cli.app import main, whole

__all__ = ["main", "whole"]
