"""The life of a VNF as two clients see it: ours, and the last stock one.

A transcript holds commands and what they print.  What differs from run to run is
written as ``<uuid>``, ``<id>``, ``<time>``, ``<number>`` and ``<url>``; runs of blanks
and dashes count as one.  A line ``until NAME STATUS`` waits, since the stock client
cannot.  ``TACKER_LITE_RECORD=1`` writes the transcripts anew, to be reviewed.
"""

import os
import re
import shlex
from pathlib import Path

import testtools

from tacker_lite.tests.functional.deployment import BIN, Deployment, run, wait_for

TRANSCRIPTS = Path(__file__).parent / "transcripts"
RECORD = os.environ.get("TACKER_LITE_RECORD") == "1"
LEGACY = os.environ.get("TACKER_LITE_LEGACY_CLIENT", "")

VOLATILE = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"),
    (r"\b[0-9a-f]{32}\b", "<id>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "<time>"),
    (r"http://127\.0\.0\.1:\d+", "<url>"),
    (r"inline-[a-z0-9]{16}", "inline-<random>"),
    (r"[ \t]+", " "),
    (r"-{2,}", "--"),
    (r" +$", ""),
)


def normalised(text: str) -> str:
    lines = []
    for line in text.strip().splitlines():
        for pattern, word in VOLATILE:
            line = re.sub(pattern, word, line)
        lines.append(line)
    return "\n".join(line for line in lines if line)


def steps(text: str) -> list[tuple[str, str]]:
    """Command lines of a transcript, each with what is expected after it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(("$ ", "until ")):
            found.append((line, []))
        elif line:
            found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


class TestTranscripts(testtools.TestCase):
    maxDiff = None

    def _play(self, name: str, program) -> None:
        self.deployment = self.useFixture(Deployment())
        path = TRANSCRIPTS / name
        script = steps(path.read_text())
        self.assertGreater(len(script), 20)
        record = []
        for command, expected in script:
            if command.startswith("until "):
                self._wait(*command.split()[1:])
                printed = ""
            else:
                printed = self._output(shlex.split(command)[2:], program)
                if not RECORD:
                    self.assertEqual(expected, printed, command)
            record.append(f"{command}\n{printed}".rstrip())
        if RECORD:
            path.write_text("\n\n".join(record) + "\n")

    def _output(self, arguments: list[str], program) -> str:
        vim_file = str(self.deployment.vim_file("pop1"))
        words = [vim_file if word == "VIM_FILE" else word for word in arguments]
        done = run(program, *words, env=self.deployment.environment(), check=False)
        # On success stderr holds progress and warnings, with their times.
        text = done.stdout + (done.stderr if done.returncode else "")
        status = f"\n[exit {done.returncode}]" if done.returncode else ""
        return re.sub(r"req-<uuid>", "<request>", normalised(text)) + status

    def _wait(self, name: str, status: str) -> None:
        def there() -> bool:
            rows = self.deployment.rows("vnf", "list")
            statuses = {row["Name"]: row["Status"] for row in rows}
            return statuses.get(name, "gone") == status

        wait_for(f"{name} to be {status}", there)

    def test_our_client(self):
        self._play("tacker-lite.txt", BIN / "openstack")

    def test_last_stock_client(self):
        if not LEGACY:
            self.skipTest(
                "TACKER_LITE_LEGACY_CLIENT does not name an openstack command with "
                "python-tackerclient 1.14.0; tools/test makes one"
            )
        self._play("python-tackerclient-1.14.0.txt", LEGACY)
