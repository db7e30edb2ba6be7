"""Not here: says what to use."""

raise ImportError("epics.multiproc is not available in this sandbox. Use epics.caget_many; there are no processes here")
