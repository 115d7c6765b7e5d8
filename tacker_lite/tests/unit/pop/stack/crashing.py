"""Run a stack's life in processes that kill themselves at given writes.

``python -m tacker_lite.tests.unit.pop.stack.crashing DIRECTORY PHASE WRITE...``
makes one lab per write number in ``DIRECTORY/<number>`` and prints the numbers at which
it died.
"""

import os
import pathlib
import signal
import sys

from tacker_lite.pop.store import Store
from tacker_lite.tests.unit.pop.stack import labs


class CrashingStore(Store):
    """Dies without any goodbye just before its n-th write, once armed."""

    left = None

    def put(self, pop, kind, ident, record):
        self._count()
        super().put(pop, kind, ident, record)

    def delete(self, pop, kind, ident):
        self._count()
        super().delete(pop, kind, ident)

    def _count(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)


def live(directory, phase, write):
    directory.mkdir()
    lab = labs.open_lab(directory, CrashingStore)
    cloud = lab.clouds["pop1"]
    if phase == "create":
        lab.store.left = write
        labs.begin(cloud, "web", labs.TWO_SERVERS)
        labs.settled(cloud)
    elif phase == "roll":
        stack = labs.begin(cloud, "web", labs.rolling("one"))
        labs.settled(cloud)
        lab.store.left = write
        labs.change(cloud, stack, labs.rolling("two"))
        labs.settled(cloud)
    elif phase in ("grow", "shrink", "signal"):
        size = 3 if phase == "shrink" else 1
        files = labs.SCALED_FILES
        stack = labs.begin(cloud, "web", labs.scaled(size), files=files)
        labs.settled(cloud)
        lab.store.left = write
        if phase == "signal":
            cloud.stacks.signal(stack, "policy", None)
        else:
            labs.change(cloud, stack, labs.scaled(4 - size), files=files)
        labs.settled(cloud)
    else:
        stack = labs.begin(cloud, "web", labs.TWO_SERVERS)
        labs.settled(cloud)
        lab.store.left = write
        if phase == "delete":
            cloud.stacks.delete(stack)
        else:
            labs.change(cloud, stack, labs.BIGGER)
        labs.settled(cloud)
    lab.close()


def main(root, phase, *writes):
    for write in writes:
        pid = os.fork()
        if not pid:
            live(pathlib.Path(root) / write, phase, int(write))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            print(write)


if __name__ == "__main__":
    main(*sys.argv[1:])
