"""The clients of p4p. ``p4p.client.thread`` is the one that is offered."""
