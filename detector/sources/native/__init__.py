"""Native logs, found by their content. Which there are: ``adapters.py``.

They are loaded where a file is not in the contract's layout.
"""
