"""Not offered: says what is."""

raise ImportError("tango.server is not available here: programs are clients only; use tango.DeviceProxy")
