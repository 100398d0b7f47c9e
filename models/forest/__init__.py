"""Trees: grown, walked, summed, explained. Rows in, numbers out; no peers, no files."""
