"""The data sets: one module each, with its sources, how it is prepared, and its loader."""
