"""Console scripts."""

import sys

# Libraries import these where they are installed: eventlet for green threads, pygments
# for coloured HTML.  Nothing here has either, and they cost each start 0.6 s and
# 20 MB.  This makes them look absent.
for _name in ("eventlet", "pygments"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
