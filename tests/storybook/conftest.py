"""Lets the tests of this folder import their helpers, `probes` and `make_golden`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
