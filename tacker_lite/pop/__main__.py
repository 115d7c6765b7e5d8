"""``tacker-lite-pop``: start, list, show, change and end labs of emulated PoPs."""

from __future__ import annotations

import sys

from tacker_lite.pop.command.main import main

if __name__ == "__main__":
    sys.exit(main())
