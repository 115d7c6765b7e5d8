"""Console scripts."""

import sys

# Nothing here uses green threads, but oslo.service brings eventlet along and futurist
# imports it wherever it is installed, which costs each start 0.3 s and 16 MB.  None
# makes an import fail as if the module were not installed.
sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
