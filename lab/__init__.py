"""The laboratory: trials of the detector beside baselines, ceilings and generic features.

Benchmarks and tests use it; it is in no wheel. It may import the application, which never
imports it.
"""
