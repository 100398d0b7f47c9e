"""Who owns whom: parties, exact shares, two ways to reckon, and the chain in words."""
