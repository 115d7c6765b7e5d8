"""Console scripts."""

import sys

# Libraries import eventlet where it is installed, for green threads that nothing
# here has: half a second of each start and 18 MB.  This makes it look absent.
sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
