"""What the pages on labs tell to type into a shell works."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tacker_lite.tests.functional.pop import warm_openstack
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, LabCommandCase

ROOT = Path(__file__).resolve().parents[4]
BLOCK = re.compile(r"^\.\. code-block:: shell\n\n((?: {3}.*\n|\n)+)", re.MULTILINE)


class GuideTest(LabCommandCase):
    def test_the_shell_blocks(self):
        directory = Path(self.base).parent
        self.base = str(directory / "lab-state")
        self.name = "two-pops"
        self.file = str(ROOT / "samples" / "lab" / "two-pops.yaml")
        # Cleanups look the name up when they run: this lab goes down too.
        self.addCleanup(self.run_command, "down", self.name)
        self.up()
        os.symlink(ROOT / "samples", directory / "samples")
        guide = ROOT / "doc" / "source" / "user"
        pages = sorted(guide.glob("lab*.rst"))
        blocks = [block for page in pages for block in BLOCK.findall(page.read_text())]
        self.assertNotEqual([], blocks)
        warm = directory / "bin"
        warm.mkdir()
        child = warm_openstack.start(warm)
        self.addCleanup(child.wait)
        self.addCleanup(child.terminate)
        commands = f"{warm}:{Path(sys.executable).parent}"
        said = ""
        for block in blocks:
            done = subprocess.run(
                ["sh", "-e", "-c", block],
                cwd=directory,
                env={
                    "PATH": f"{commands}:{os.environ['PATH']}",
                    "HOME": "/nonexistent",
                },
                capture_output=True,
                text=True,
                timeout=2 * TIMEOUT,
            )
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            said += done.stdout
        self.assertIn("simulated runtime: no process was started", said)
