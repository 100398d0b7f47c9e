"""Reasons as findings: what was seen, of what, how much, beside whom, and the rows behind it.

========= ===================================================================
subjects  what features count: payments, access, days with model calls …
finding   a sentence with its value, its peers and the time it is about
reading   how values read whose unit alone does not say it
said      the words of each feature, a file for a subject or two
seen      how many of a subject an account has, and on which days
company   the linked accounts behind a value, and what is shared
details   which kinds, records or sizes a value is about
alone     a finding of one value, where no reason was told in full
charges   what charges buy, as columns that rows are chosen by
========= ===================================================================
"""
