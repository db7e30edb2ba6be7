"""Not offered: says what is."""

raise ImportError("tango.test_utils is not available here: programs are clients only; use tango.DeviceProxy")
