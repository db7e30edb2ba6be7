"""Not here: says what to use."""

raise ImportError("epics.compat is not available in this sandbox. Use epics.PV")
