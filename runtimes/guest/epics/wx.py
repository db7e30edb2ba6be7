"""Not here: says what to use."""

raise ImportError("epics.wx is not available in this sandbox. Use matplotlib; there is no screen here")
