"""The Python that lives in the guest: fetches a job through the door, runs it, hands back what it left.

No security rests on anything here: a program may alter all of it. The host believes only what it sees itself.
"""

from aerie_guest.program import main

__all__ = ["main"]
