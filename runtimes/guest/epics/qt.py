"""Not here: says what to use."""

raise ImportError("epics.qt is not available in this sandbox. Use matplotlib; there is no screen here")
