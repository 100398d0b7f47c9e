"""What law and policy are about in a world: headquarters, owners, partners, lists, and the cases.

All of it is drawn from streams of its own and hung on accounts that are there anyway, so a
world's accounts, charges and events stay as they are. Nothing here is proxy access: what each
case should give is told in a truth of its own.
"""
