"""Reasons as findings: what was seen, of what, how much, beside whom, and the rows behind it.

======== ====================================================================
subjects  what features count: payments, access, days with model calls …
finding   a sentence with its value, its peers and the time it is about
said      the words of each feature, a file for a subject or two
======== ====================================================================
"""
