"""Every sample descriptor, loaded and rendered, against its reviewed Heat template.

``golden/<sample>.yaml`` is the main template, ``golden/<sample>/`` has the nested ones.
``TACKER_LITE_RECORD=1`` writes those that are missing or differ, to be reviewed.
"""

import dataclasses
import os
import pathlib
import re

import testtools
import yaml
from testtools import matchers

from tacker_lite.tosca import loader, model
from tacker_lite.vim.openstack import hot

ROOT = pathlib.Path(__file__).parents[5]
SAMPLES = ROOT / "samples" / "vnfd"
GOLDEN = pathlib.Path(__file__).with_name("golden")
PAGE = ROOT / "doc" / "source" / "user" / "samples.rst"
RECORD = os.environ.get("TACKER_LITE_RECORD") == "1"
VNF_ID = "11111111-2222-4333-8444-555555555555"
CLOUD_FILES = ("devstack.yaml", "devstack-own-flavor.yaml")


def samples() -> list[pathlib.Path]:
    return sorted(SAMPLES.glob("*.yaml"))


def parameter_files(sample: pathlib.Path) -> list[pathlib.Path]:
    """Parameter files of a sample: ``params/<sample>.yaml`` or one for each site."""
    params = SAMPLES / "params"
    alone = params / sample.name
    sites = sorted(params.glob(f"{sample.stem}-site*.yaml"))
    return [alone] if alone.exists() else sites


def values(sample: pathlib.Path) -> list[dict]:
    files = parameter_files(sample)
    return [yaml.safe_load(file.read_text("utf-8")) for file in files] or [{}]


def prepared(document, inputs) -> model.VnfTemplate:
    """The template as the service renders it: with the VNF's id and alarm URLs."""
    template = loader.load(document, inputs)
    triggers = [
        trigger.name
        for policy in template.policies_of(model.AlarmingPolicy)
        for trigger in policy.triggers
    ]
    triggers += ["start_actions", "before_end_actions", "end_actions", "maintenance"]
    return dataclasses.replace(
        template,
        vnf_id=VNF_ID,
        webhooks={name: f"http://nfvo.example/{name}/key" for name in triggers},
    )


def expected(sample: pathlib.Path) -> tuple[dict, dict]:
    """Reviewed main template, and the nested ones by file name."""
    nested = {
        path.name: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((GOLDEN / sample.stem).glob("*.yaml"))
    }
    return yaml.safe_load((GOLDEN / sample.name).read_text("utf-8")), nested


def record(sample: pathlib.Path, found: hot.Hot) -> None:
    (GOLDEN / sample.name).write_text(found.text)
    for name, text in found.files.items():
        (GOLDEN / sample.stem).mkdir(exist_ok=True)
        (GOLDEN / sample.stem / name).write_text(text)


class TestGolden(testtools.TestCase):
    """One test for each sample, added below."""

    maxDiff = None

    def check(self, sample: pathlib.Path) -> None:
        document = loader.read(sample.read_text("utf-8"), sample.name)
        for inputs in values(sample):
            found = hot.render(prepared(document, inputs))
            if RECORD:
                record(sample, found)
            main, nested = expected(sample)
            self.assertEqual(main, yaml.safe_load(found.text))
            self.assertEqual(
                nested,
                {name: yaml.safe_load(text) for name, text in found.files.items()},
            )


for each in samples():

    def renders_as_reviewed(self, sample=each):
        self.check(sample)

    setattr(TestGolden, f"test_{each.stem.replace('-', '_')}", renders_as_reviewed)


class TestSamples(testtools.TestCase):
    def test_there_are_samples(self):
        self.assertThat(len(samples()), matchers.GreaterThan(50))

    def test_every_sample_onboards_without_values(self):
        for sample in samples():
            loader.load(loader.read(sample.read_text("utf-8"), sample.name))

    def test_every_golden_has_a_sample(self):
        names = {sample.stem for sample in samples()}
        self.assertEqual(names, {path.stem for path in GOLDEN.glob("*.yaml")})
        directories = {path.name for path in GOLDEN.iterdir() if path.is_dir()}
        self.assertEqual(set(), directories - names)

    def test_every_sample_is_in_the_guide(self):
        listed = re.findall(r"^   \* - (``.*``)$", PAGE.read_text("utf-8"), re.M)
        names = [name for line in listed for name in re.findall("``(.*?)``", line)]
        self.assertEqual(sorted(sample.stem for sample in samples()), sorted(names))

    def test_every_parameter_file_is_of_a_sample(self):
        used = {file.name for sample in samples() for file in parameter_files(sample)}
        there = {path.name for path in (SAMPLES / "params").iterdir()}
        self.assertEqual(there, used | set(CLOUD_FILES))

    def test_every_sample_names_itself_and_says_what_it_shows(self):
        for sample in samples():
            text = sample.read_text("utf-8")
            document = loader.read(text, sample.name)
            self.assertEqual(sample.stem, document["metadata"]["template_name"])
            self.assertTrue(text.startswith("# "), sample.name)
            self.assertTrue(document["description"], sample.name)

    def test_samples_run_elsewhere_with_a_parameter_file(self):
        """Image, flavor and networks are inputs: no sample fits one cloud alone."""
        for sample in samples():
            document = loader.read(sample.read_text("utf-8"), sample.name)
            for node in document["topology_template"]["node_templates"].values():
                given = node.get("properties") or {}
                for key in ("image", "flavor"):
                    self.assertIsInstance(given.get(key, {}), dict, sample.name)

    def test_the_sites_differ_by_parameters_alone(self):
        sample = SAMPLES / "two-site-web.yaml"
        document = loader.read(sample.read_text("utf-8"))
        first, second = (
            hot.render(loader.load(document, inputs)) for inputs in values(sample)
        )

        self.assertEqual(first.text, second.text)
        self.assertEqual("10.10.0.12", first.parameters["web1_address"])
        self.assertEqual("10.10.1.12", second.parameters["web1_address"])
