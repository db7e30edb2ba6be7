"""Not offered: says what is."""

raise ImportError("tango.test_context is not available here: programs are clients only; use tango.DeviceProxy")
