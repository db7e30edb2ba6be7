"""Not offered: says what is."""

raise ImportError("p4p.server is not available here: programs are clients only; use p4p.client.thread")
