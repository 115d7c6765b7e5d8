import os

import testtools

from tacker_lite.pop.runtime import labels, link_relays, names


class SocketTest(testtools.TestCase):
    def test_the_path_fits_whatever_the_lab_is_called(self):
        lab = "x" * 63
        names.check_lab(lab)
        folder = labels.Labels(lab).folder(link_relays.KIND, names.key("a", "b"))
        # The size of sun_path in unix(7), less the byte that ends it.
        self.assertLessEqual(len(os.path.join(folder, link_relays.SOCKET)), 107)
