"""PyTango's old name for ``tango``."""

import sys

import tango
from tango import *  # noqa: F403

sys.modules["PyTango"] = tango
