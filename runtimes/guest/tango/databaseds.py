"""Not offered: says what is."""

raise ImportError("tango.databaseds is not available here: the database is the site's; use tango.DeviceProxy")
