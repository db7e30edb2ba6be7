"""Not here: says what to use."""

raise ImportError("epics.alarm is not available in this sandbox. Use epics.PV with a callback")
