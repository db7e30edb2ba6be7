"""Not here: says what to use."""

raise ImportError("epics.devices is not available in this sandbox. Use epics.Device")
