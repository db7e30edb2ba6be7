"""Not offered: says what is."""

raise ImportError(
    "tango.gevent is not available here: there are no threads; use tango.DeviceProxy, whose calls wait for their result"
)
