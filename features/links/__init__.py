"""Identifiers that link accounts."""
