import base64
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import fixtures
import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors, hostile_packages, packages
from tacker_lite.tosca import archive, loader, package
from tacker_lite.vim.openstack import hot

SAMPLE = Path(__file__).parents[4] / "samples" / "csar" / "web-server"
GOLDEN = Path(__file__).parent / "golden" / "web-server.yaml"
SECONDS = 2
BYTES = 64 * 1024 * 1024


def read(**changes):
    return package.read_package(packages.packed(packages.changed(**changes)), "w.csar")


class TestGoodPackages(testtools.TestCase):
    def test_one_document_and_its_scripts(self):
        found = read()
        self.assertEqual(
            {
                "../Scripts/install.sh": packages.INSTALL,
                "../Scripts/configure.sh": packages.CONFIGURE,
            },
            found.files,
        )
        self.assertNotIn("imports", found.document)
        template = loader.load(
            found.document,
            descriptors.VALUES,
            file=found.document.file,
            files=found.files,
        )
        self.assertEqual(found.files, template.files)
        self.assertEqual(["VDU1"], [vdu.name for vdu in template.vdus])
        (software,) = template.software
        self.assertEqual(
            ["create", "configure", "start"], [o.name for o in software.operations]
        )

    def test_stored_as_text_it_is_the_same(self):
        found = read()
        again = loader.read_stored(loader.dump(found.document))
        self.assertEqual(found.document, again)
        loader.load(again, descriptors.VALUES, files=found.files)

    def test_errors_name_the_file_and_line_within(self):
        text = packages.descriptor().replace("management: true", "managment: true")
        found = read(entry=text)
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            loader.load,
            found.document,
            file=found.document.file,
            files=found.files,
        )
        line = text.splitlines().index("        managment: true") + 1
        self.assertTrue(
            error.message.startswith(f"w.csar:Definitions/web.yaml:{line}: node"),
            error.message,
        )

    def test_an_imported_type_is_where_its_file_is_imported(self):
        types = packages.TYPES.replace("VDU.Tacker", "Nothing")
        found = read(types=types)
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            loader.load,
            found.document,
            file=found.document.file,
            files=found.files,
        )
        self.assertIn("w.csar:Definitions/web.yaml:", error.message)
        self.assertEqual(2, found.document["node_types"].lines["example.nodes.Web"])

    def test_layout_without_metadata(self):
        found = read(
            meta=None,
            entry=None,
            files={
                "web.yaml": packages.descriptor(
                    "imports: [Definitions/types.yaml]\n"
                ).replace("../Scripts", "Scripts")
            },
        )
        self.assertEqual("w.csar:web.yaml", found.document.file)
        self.assertIn("Scripts/install.sh", found.files)

    def test_scripts_beside_the_descriptor_and_from_the_root(self):
        text = packages.descriptor().replace("../Scripts/install.sh", "x.sh")
        for name in ("Definitions/x.sh", "x.sh"):
            found = read(entry=text, files={name: "here\n"})
            self.assertEqual("here\n", found.files["x.sh"])
        found = read(entry=text, files={"Definitions/x.sh": "1", "x.sh": "2"})
        self.assertEqual("1", found.files["x.sh"])

    def test_forms_of_imports(self):
        for item in (
            "types.yaml",
            "./types.yaml",
            "../Definitions/types.yaml",
            "{file: types.yaml}",
            "{web_types: types.yaml}",
            "{web_types: {file: types.yaml}}",
        ):
            found = read(entry=packages.descriptor(f"imports: [{item}]\n"))
            self.assertIn("example.nodes.Web", found.document["node_types"])

    def test_types_of_files_that_imports_import_once_each(self):
        found = read(
            entry=packages.descriptor(
                "imports: [a.yaml, b/b.yaml]\n"
                "data_types: {example.Own: {derived_from: tosca.datatypes.Root}}\n"
            ),
            files={
                "Definitions/a.yaml": "imports: [types.yaml]\n",
                "Definitions/b/b.yaml": "imports: [../types.yaml]\ndata_types:\n"
                "  example.Other: {derived_from: tosca.datatypes.Root}\n",
            },
        )
        self.assertEqual(["example.nodes.Web"], list(found.document["node_types"]))
        self.assertEqual(
            ["example.Own", "example.Other"], list(found.document["data_types"])
        )

    def test_metadata_of_other_tools(self):
        meta = (
            "\ufeffTOSCA-Meta-File-Version: 1.1\r\nCSAR-Version: 1.1\r\n"
            "Created-By: Somebody: else\r\n"
            "Entry-Definitions: Definitions/web.yaml\r\n"
            "ETSI-Entry-Change-Log: ChangeLog.txt\r\n"
            "\r\nName: Scripts/install.sh\r\nContent-Type: x\r\n"
        )
        self.assertEqual(2, len(read(meta=meta).files))

    def test_metadata_without_its_own_version(self):
        meta = packages.META_TEXT.replace("TOSCA-Meta-File-Version: 1.0\n", "")
        self.assertEqual(2, len(read(meta=meta).files))

    def test_other_files_are_not_looked_at(self):
        files = {
            "Files/large": random.Random(1).randbytes(1_500_000),
            "Files/inner.zip": packages.packed(packages.good()),
            "Files/d\u00e9j\u00e0 vu/x": b"\xff",
            "Scripts/unused.sh": "a",
        }
        self.assertEqual(2, len(read(files=files).files))

    def test_directories_have_entries_too(self):
        entries = [("Scripts/", ""), ("Files/", ""), *packages.good().items()]
        data = packages.packed_entries(entries, zipfile.ZIP_STORED)
        self.assertEqual(2, len(package.read_package(data).files))

    def test_all_faults_of_scripts_at_once(self):
        text = packages.descriptor()
        text = text.replace("install.sh", "a").replace("configure.sh", "b")
        error = self.assertRaises(exceptions.InvalidTemplate, read, entry=text)
        self.assertEqual(2, len(error.fields["problems"]))
        for script in ("../Scripts/a", "../Scripts/b"):
            self.assertIn(script, error.message)

    def test_nothing_is_written_or_left(self):
        folder = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.MonkeyPatch("tempfile.tempdir", folder))
        self.assertEqual(folder, tempfile.gettempdir())
        before = set(Path.cwd().iterdir())
        read()
        self.assertEqual([], list(Path(folder).iterdir()))
        self.assertEqual(before, set(Path.cwd().iterdir()))


class TestUnpackTemplate(testtools.TestCase):
    def unpack(self, data: bytes, **more):
        return package.unpack_template(
            {"csar": base64.b64encode(data).decode(), **more}
        )

    def test_a_document_stays_as_it_is(self):
        document = {"tosca_definitions_version": "x"}
        self.assertEqual((document, {}), package.unpack_template(document))
        self.assertEqual((None, {}), package.unpack_template(None))

    def test_text_remembers_its_lines(self):
        document, files = package.unpack_template("a: 1\nb: 2\n")
        self.assertEqual(({"a": 1, "b": 2}, {}), (document, files))
        self.assertEqual(2, document.lines["b"])

    def test_a_package(self):
        document, files = self.unpack(packages.packed(packages.good()))
        self.assertEqual("Definitions/web.yaml", document.file)
        self.assertEqual(2, len(files))

    def test_what_is_no_package(self):
        good = base64.b64encode(packages.packed(packages.good())).decode()
        for given, words in (
            ({"csar": None}, "base64"),
            ({"csar": 7}, "base64"),
            ({"csar": good, "topology_template": {}}, "without any other key"),
            ({"csar": "!!!"}, "base64"),
            ({"csar": "\u00e9"}, "base64"),
            ({"csar": good[:-3]}, "base64"),
            ({"csar": good[:76] + "\n" + good[76:]}, "without line breaks"),
            ({"csar": ""}, "no readable zip file"),
            ({"csar": "A" * 3_000_000}, "larger than"),
        ):
            error = self.assertRaises(
                exceptions.InvalidTemplate, package.unpack_template, given
            )
            self.assertIn(words, error.message)

    def test_what_is_one(self):
        self.assertTrue(package.is_package(packages.packed(packages.good())))
        self.assertTrue(package.is_package(packages.packed({})))
        self.assertFalse(package.is_package(descriptors.TEXT.encode()))
        self.assertFalse(package.is_package(b""))


class TestHostilePackages(testtools.TestCase):
    def test_each_is_refused_with_place_and_remedy(self):
        made = hostile_packages.made()
        self.assertGreater(len(made), 60)
        for name, data in made.items():
            with self.subTest(name):
                message = hostile_packages.refusal(data)
                self.assertTrue(message.startswith("web.csar"), message)
                for word in hostile_packages.CASES[name].words:
                    self.assertIn(word, message)
                self.assertNotIn("%", message)
                self.assertTrue(message.isprintable(), message)
                self.assertLess(len(message), 5000)

    def test_time_and_memory(self):
        folder = Path(self.useFixture(fixtures.TempDir()).path)
        for name, data in hostile_packages.made().items():
            (folder / name).write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", hostile_packages.__name__, str(folder)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual("", done.stderr)
        measured = json.loads(done.stdout)
        self.assertEqual(set(hostile_packages.CASES), set(measured["seconds"]))
        self.assertLess(max(measured["seconds"].values()), SECONDS)
        self.assertLess(measured["bytes"], BYTES)

    def test_damage_of_any_kind_is_refused_or_does_no_harm(self):
        good = packages.packed(packages.good())
        dice = random.Random(20)
        refused = 0
        for _ in range(1500):
            data = bytearray(good)
            for _ in range(dice.choice((1, 2, 8))):
                data[dice.randrange(len(data))] = dice.randrange(256)
            if dice.random() < 0.2:
                del data[dice.randrange(len(data)) :]
            try:
                package.read_package(bytes(data))
            except exceptions.InvalidTemplate:
                refused += 1
        self.assertGreater(refused, 500)

    def test_no_file_of_the_server_is_opened(self):
        opened = []

        def hook(event, arguments):
            if event in ("open", "os.mkdir", "os.listdir", "os.rename"):
                opened.append(arguments)

        made = hostile_packages.made()
        hostile_packages.refusal(made["script of the server"])
        watching = True
        sys.addaudithook(lambda *event: hook(*event) if watching else None)
        for data in made.values():
            hostile_packages.refusal(data)
        watching = False
        self.assertEqual([], opened)

    def test_limits_suit_the_api(self):
        self.assertLess(archive.MAX_SIZE * 4 / 3, 4 * 1024 * 1024 - 100_000)


class TestSample(testtools.TestCase):
    def test_it_is_read_whole_and_becomes_the_reviewed_template(self):
        files = {
            str(path.relative_to(SAMPLE)): path.read_text("utf-8")
            for path in sorted(SAMPLE.rglob("*"))
            if path.is_file()
        }
        found = package.read_package(packages.packed(files), "web-server.csar")
        scripts = {name: text for name, text in files.items() if "Scripts/" in name}
        self.assertEqual(
            scripts, {name.removeprefix("../"): t for name, t in found.files.items()}
        )
        template = loader.load(found.document, {}, files=found.files)
        rendered = hot.render(template, inline_values=True)
        self.assertEqual(GOLDEN.read_text("utf-8"), rendered.text)
