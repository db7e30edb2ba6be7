"""Starts a local Python for one job: ``python -I -B -X utf8 <folder>/start.py``, with the door as its standard input."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0])

from aerie_outside import local  # noqa: E402 - found only now

local.main()
