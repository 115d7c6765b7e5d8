import io
import json
import lzma
import os
import random
import tarfile
import tempfile

import testtools

from tacker_lite.pop.runtime import docker_archives
from tacker_lite.pop.runtime.base import RuntimeFault

IMAGE = {"Config": "c.json", "RepoTags": ["nginx:1"], "Layers": ["l.tar"]}
INDEX = {"manifests": [{"annotations": {"io.containerd.image.name": "nginx:1"}}]}


def plain(*files):
    """A tar archive of files, also of several with one name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class DockerArchivesTest(testtools.TestCase):
    def write(self, data):
        descriptor, path = tempfile.mkstemp()
        self.addCleanup(os.unlink, path)
        with open(descriptor, "wb") as file:
            file.write(data)
        return path

    def saved(self, *images):
        return self.write(
            docker_archives.archive(
                {
                    "./manifest.json": (json.dumps(images).encode(), 0o644),
                    "repositories": (b"{}", 0o644),
                    "index.json": (json.dumps(INDEX).encode(), 0o644),
                    "l.tar": (b"layer", 0o644),
                }
            )
        )

    def test_damage_is_a_fault_whatever_it_is(self):
        manifest = ("manifest.json", json.dumps([IMAGE]).encode())
        for second in (b"[]", b'{"manifests": null}', b'{"manifests": ["a"]}', b"?"):
            path = self.write(plain(manifest, ("index.json", second)))
            error = self.assertRaises(
                RuntimeFault, docker_archives.rename, path, "a:1", io.BytesIO()
            )
            self.assertIn("index.json is damaged", str(error))
        again = self.write(plain(manifest, ("manifest.json", b"null")))
        docker_archives.rename(again, "a:1", io.BytesIO())
        deep = self.write(plain(("manifest.json", b"[" * 100_000)))
        self.assertIsNone(docker_archives.manifest(deep))
        layer = random.Random(1).randbytes(300_000)  # noqa: S311 - no secret
        packed = bytearray(lzma.compress(plain(("l.tar", layer), manifest)))
        packed[len(packed) // 2] ^= 0xFF
        error = self.assertRaises(
            RuntimeFault, docker_archives.manifest, self.write(bytes(packed))
        )
        self.assertIn("must be a tar archive", str(error))

    def test_no_room_for_the_copy_is_a_fault(self):
        with open("/dev/full", "wb", buffering=0) as full:
            error = self.assertRaises(
                RuntimeFault, docker_archives.rename, self.saved(IMAGE), "a:1", full
            )
        self.assertIn("No space left", str(error))

    def test_kinds(self):
        self.assertEqual([IMAGE], docker_archives.manifest(self.saved(IMAGE)))
        files = {"manifest.json": (b'[{"name": "an application"}]', 0o644)}
        root = self.write(docker_archives.archive(files))
        self.assertIsNone(docker_archives.manifest(root))
        fault = self.assertRaises(
            RuntimeFault, docker_archives.manifest, self.write(b"QFI\xfb no tar")
        )
        self.assertIn("must be a tar archive", str(fault))

    def test_an_image_gets_the_name_of_the_lab(self):
        buffer = io.BytesIO()
        docker_archives.rename(self.saved(IMAGE), "tacker-lite-pop:a.1", buffer)
        found = docker_archives.contents(buffer.getvalue())
        self.assertNotIn("nginx", "".join(map(str, found.values())))
        (image,) = json.loads(found["./manifest.json"])
        self.assertEqual(["tacker-lite-pop:a.1"], image["RepoTags"])
        self.assertEqual((b"layer", None), (found["l.tar"], found.get("repositories")))
        (entry,) = json.loads(found["index.json"])["manifests"]
        self.assertEqual(
            {
                "io.containerd.image.name": "docker.io/library/tacker-lite-pop:a.1",
                "org.opencontainers.image.ref.name": "a.1",
            },
            entry["annotations"],
        )

    def test_one_image_only(self):
        path = self.saved(IMAGE, IMAGE)
        fault = self.assertRaises(
            RuntimeFault, docker_archives.rename, path, "a:1", io.BytesIO()
        )
        self.assertEqual("must hold one image of docker save, not 2", str(fault))

    def test_files_bring_no_directories(self):
        data = docker_archives.archive({"run/a/script": (b"x", 0o700)})
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            (member,) = archive.getmembers()
        self.assertEqual(("run/a/script", 0o700), (member.name, member.mode))
