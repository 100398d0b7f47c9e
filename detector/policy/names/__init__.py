"""Names of parties and of list entries: how they are read, compared and scored."""
