"""What others publish and report of a world: notices, abuse reports, indicators, and the truth.

All of it is drawn from streams of its own and hung on accounts that are there anyway, so a
world's accounts, charges and events stay as they are. What each notice should give is told in a
truth of its own.
"""
