"""Models as folders of arrays and JSON, and the registry of such folders."""
