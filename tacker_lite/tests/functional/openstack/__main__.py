"""``tox -e functional-openstack``: the driver and every sample on a real cloud.

Arguments name test modules of this package; without one, all that need a cloud run.
"""

import os
import sys
import unittest

MODULES = ("test_real_cloud", "test_samples")
PACKAGE = "tacker_lite.tests.functional.openstack"


def main() -> int:
    """Run the tests; 0 when all passed."""
    if not os.environ.get("TACKER_LITE_TEST_CLOUD"):
        print(
            "TACKER_LITE_TEST_CLOUD must name a cloud of clouds.yaml "
            "(OS_CLIENT_CONFIG_FILE: where that file is)",
            file=sys.stderr,
        )
        return 2
    names = [f"{PACKAGE}.{name}" for name in sys.argv[1:] or MODULES]
    tests = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
