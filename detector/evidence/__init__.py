"""The rows of the logs behind a reason: which they are, and how its value comes out of them.

======== ====================================================================
asked    the reason that is meant: by number, code or the feature's name
reading  rows of a table of some accounts, in the window, up to as-of
linked   who shares what with the account, as the run found it
found    the rows of each table behind a reason, and what is to be said of them
telling  the same for a terminal and as plain values
======== ====================================================================
"""
