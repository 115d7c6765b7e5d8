"""Labels on disk: written whole, found again, separate per lab."""

import os
import tempfile
import threading

import testtools

from tacker_lite.pop.runtime.labels import Labels


class LabelsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = os.path.join(directory.name, "labels")
        self.labels = Labels("one", self.root)

    def test_written_labels_are_found_by_another_process_s_object(self):
        self.labels.write("server", "k1", {"id": "a"})
        self.labels.write("server", "k1", {"id": "b"})
        again = Labels("one", self.root)
        self.assertEqual({"id": "b"}, again.read("server", "k1"))
        self.assertEqual({"k1": {"id": "b"}}, again.all("server"))
        self.assertEqual(["label.json"], os.listdir(again.folder("server", "k1")))

    def test_what_is_absent(self):
        self.assertIsNone(self.labels.read("server", "k1"))
        self.assertEqual([], self.labels.keys("server"))
        self.labels.remove("server", "k1")
        self.labels.remove_all()

    def test_an_unfinished_label_is_a_key_without_value(self):
        os.makedirs(self.labels.folder("server", "k2"))
        self.assertEqual(["k2"], self.labels.keys("server"))
        self.assertEqual({}, self.labels.all("server"))
        self.labels.remove("server", "k2")
        self.assertEqual([], self.labels.keys("server"))

    def test_labs_are_separate(self):
        other = Labels("two", self.root)
        self.labels.write("lab", "block", {"block": 1})
        other.write("lab", "block", {"block": 2})
        self.assertEqual([{"block": 2}], self.labels.of_other_labs("lab", "block"))
        self.labels.remove_all()
        self.assertEqual({"block": 2}, other.read("lab", "block"))
        other.remove_all()
        self.assertFalse(os.path.exists(self.root))

    def test_the_machine_lock_holds_others_off(self):
        order = []
        entered = threading.Event()

        def second():
            entered.wait()
            with Labels("two", self.root).machine_lock():
                order.append("second")

        thread = threading.Thread(target=second)
        thread.start()
        with self.labels.machine_lock():
            entered.set()
            thread.join(0.1)
            order.append("first")
        thread.join()
        self.assertEqual(["first", "second"], order)
