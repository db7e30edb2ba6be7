"""Not offered: says what is."""

raise ImportError(
    "p4p.rpc is not available here: remote procedure calls are not offered; use p4p.client.thread to get and put"
)
