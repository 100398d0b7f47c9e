"""What makes shipped or tested things: the prior, the sample, pages of docs, converted traces.

Scripts are run from the clone, as ``python tools/NAME.py``. It is in no wheel.
"""
