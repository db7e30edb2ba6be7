"""Not offered: says what is."""

raise ImportError(
    "p4p.client.cothread is not available here: use p4p.client.thread, which needs neither await nor threads"
)
