"""Not here: says what to use."""

raise ImportError("epics.motor is not available in this sandbox. Use epics.PV or epics.Device with the motor's fields")
