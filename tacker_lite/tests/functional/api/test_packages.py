"""Packages in place of templates, and dry runs, in the API."""

from __future__ import annotations

import base64
import copy
import random

import yaml

from tacker_lite.db import vnfd as vnfd_db
from tacker_lite.tests.functional.api import base
from tacker_lite.tests.unit.tosca import descriptors, hostile_packages, packages


def package_body(data: bytes, name: str = "", **attributes):
    csar = base64.b64encode(data).decode()
    return {
        "vnfd": {
            "name": name,
            "attributes": {"vnfd": {"csar": csar}, **attributes},
            "service_types": [{"service_type": "vnfd"}],
        }
    }


class TestPackages(base.ApiTestCase):
    with_conductor = False

    def post(self, data: bytes, name: str = ""):
        return self.call("POST", "/v1.0/vnfds", package_body(data, name))

    def test_a_whole_life(self):
        answer = self.post(packages.packed(packages.good()))
        self.assertEqual(201, answer.status, answer.body)
        vnfd = answer.json["vnfd"]
        self.assertEqual("small", vnfd["name"])
        scripts = ["../Scripts/configure.sh", "../Scripts/install.sh"]
        self.assertEqual(scripts, vnfd["attributes"]["files"])
        document = yaml.safe_load(vnfd["attributes"]["vnfd"])
        self.assertNotIn("imports", document)
        self.assertIn("example.nodes.Web", document["node_types"])
        path = f"/v1.0/vnfds/{vnfd['id']}"
        self.assertEqual(vnfd, self.call("GET", path).json["vnfd"])
        with self.database.reader() as session:
            row = vnfd_db.get(session, vnfd["id"])
        self.assertEqual(packages.INSTALL, row["files"]["../Scripts/install.sh"])
        self.assertEqual(204, self.call("DELETE", path).status)

    def test_without_scripts_there_are_no_files(self):
        files = {"web.yaml": descriptors.TEXT, "unused.sh": "x"}
        vnfd = self.post(packages.packed(files)).json["vnfd"]
        self.assertEqual({"vnfd"}, set(vnfd["attributes"]))

    def test_hostile_ones(self):
        for name, data in hostile_packages.made().items():
            with self.subTest(name):
                answer = self.post(data)
                self.assert_refused(400, "ToscaParserFailed", answer=answer)
        self.assertEqual([], self.call("GET", "/v1.0/vnfds").json["vnfds"])
        self.assertEqual([], self.call("GET", "/v1.0/events").json["events"])

    def test_errors_name_file_and_line(self):
        text = packages.descriptor().replace("management: true", "managment: true")
        answer = self.post(packages.packed(packages.changed(entry=text)))
        line = text.splitlines().index("        managment: true") + 1
        self.assert_refused(
            400, "ToscaParserFailed", f"Definitions/web.yaml:{line}: ", answer=answer
        )

    def test_sizes(self):
        dice = random.Random(3)
        files = packages.changed(files={"Files/x": dice.randbytes(2_080_000)})
        answer = self.post(packages.packed(files), "large")
        self.assertEqual(201, answer.status, answer.body)
        files["Files/y"] = dice.randbytes(100_000)
        answer = self.post(packages.packed(files), "larger")
        self.assert_refused(
            400, "ToscaParserFailed", "larger than 2097152 bytes", answer=answer
        )
        files["Files/y"] = dice.randbytes(2_000_000)
        answer = self.post(packages.packed(files), "largest")
        self.assert_refused(413, "HTTPRequestEntityTooLarge", answer=answer)

    def test_what_is_no_package(self):
        for given in ({"csar": 1}, {"csar": "x y"}, {"csar": "", "a": 1}, {"csar": ""}):
            body = package_body(b"")
            body["vnfd"]["attributes"]["vnfd"] = given
            answer = self.call("POST", "/v1.0/vnfds", body)
            self.assert_refused(400, "ToscaParserFailed", answer=answer)

    def test_input_values_are_for_vnfs(self):
        body = package_body(packages.packed(packages.good()), param_values={})
        answer = self.call("POST", "/v1.0/vnfds", body)
        self.assert_refused(400, "HTTPBadRequest", "param_values", answer=answer)


class TestDryRun(base.ApiTestCase):
    def tried(self, vnfd, **attributes):
        body = self.vnfd_body(attributes={"vnfd": vnfd, **attributes})
        answer = self.call("POST", "/v1.0/vnfds?dry_run=true", body)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json["dry_run"]

    def tearDown(self):
        self.assertEqual([], self.call("GET", "/v1.0/vnfds").json["vnfds"])
        self.assertEqual([], self.call("GET", "/v1.0/events").json["events"])
        super().tearDown()

    def test_what_it_becomes(self):
        found = self.tried(base.VNFD)
        self.assertEqual([], found["problems"])
        hot = yaml.safe_load(found["attributes"]["heat_template"])
        self.assertIn("VDU1", hot["resources"])
        self.assertEqual(found, self.tried(yaml.safe_dump(base.VNFD, sort_keys=False)))

    def test_input_values(self):
        self.assertEqual([], self.tried(descriptors.TEXT)["problems"])
        values = {"address": "10.0.0.5"}
        found = self.tried(descriptors.TEXT, param_values=values)
        self.assertEqual([], found["problems"])
        self.assertNotIn("10.0.0.5", found["attributes"]["heat_template"])
        for values, words, line in (
            ({}, 'input "address" has no default', 10),
            ({"address": "s3cret-nowhere"}, "not a valid IP address", 24),
        ):
            found = self.tried(descriptors.TEXT, param_values=values)
            (problem,) = found["problems"]
            self.assertIn(words, problem["reason"])
            self.assertEqual(line, problem["line"])
            self.assertNotIn("s3cret", problem["reason"])
        answer = self.call(
            "POST",
            "/v1.0/vnfds?dry_run=true",
            self.vnfd_body(attributes={"vnfd": base.VNFD, "param_values": "a: 1"}),
        )
        self.assert_refused(400, "InvalidAPIAttributeType", answer=answer)

    def test_every_problem_with_line_and_node(self):
        text = descriptors.changed(
            ("management: true", "management: maybe"), ("vendor: example", "")
        )
        found = self.tried(text)
        self.assertEqual({}, found["attributes"])
        self.assertEqual(
            [("", 23, "CP1"), ("", 30, "VL1")],
            [(p["file"], p["line"], p["node"]) for p in found["problems"]],
        )

    def test_every_problem_of_rendering(self):
        text = descriptors.changed(
            ("        management: true\n", "        mac_address: nothing\n"),
            ("network_name: { get_input: network }", "cidr: everywhere"),
        )
        found = self.tried(text)
        self.assertEqual({}, found["attributes"])
        self.assertEqual(
            [(23, "CP1"), (31, "VL1")],
            [(p["line"], p["node"]) for p in found["problems"]],
        )

    def test_an_object_has_no_lines(self):
        vnfd = copy.deepcopy(base.VNFD)
        nodes = vnfd["topology_template"]["node_templates"]
        nodes["VDU1"]["properties"]["imagee"] = "x"
        (problem,) = self.tried(vnfd)["problems"]
        self.assertEqual(("", 0, "VDU1"), tuple(problem.values())[:3])

    def test_packages(self):
        csar = base64.b64encode(packages.packed(packages.good())).decode()
        found = self.tried({"csar": csar}, param_values=descriptors.VALUES)
        self.assertEqual([], found["problems"])
        hot = found["attributes"]["heat_template"]
        self.assertIn("apt-get install -y web", hot)
        text = packages.descriptor().replace("install.sh", "../../../etc/passwd")
        data = packages.packed(packages.changed(entry=text))
        csar = base64.b64encode(data).decode()
        (problem,) = self.tried({"csar": csar})["problems"]
        self.assertEqual(
            ("Definitions/web.yaml", 39, "web"), tuple(problem.values())[:3]
        )
        self.assertIn("outside the package", problem["reason"])

    def test_no_script_of_the_server_is_read(self):
        text = descriptors.changed() + packages.SOFTWARE
        for path in ("/etc/passwd", "../../../etc/passwd", "setup.cfg"):
            found = self.tried(text.replace("../Scripts/install.sh", path))
            self.assertEqual({}, found["attributes"])
            self.assertIn("web", {each["node"] for each in found["problems"]})
            reasons = " ".join(each["reason"] for each in found["problems"])
            self.assertNotIn("root:", reasons)
            self.assertIn(path, reasons)

    def test_what_cannot_be_read_at_all(self):
        for vnfd, words in (
            ("a: [\n", "not valid YAML"),
            ("- a\n", "must be a mapping"),
            ("", "must be a mapping"),
            ("7", "must be a mapping"),
            ({}, "must be a mapping"),
            ({"csar": "x"}, "base64"),
            ("a: !!binary AAAA\n", ""),
            ("2020-01-01: 2020-01-01\n", ""),
        ):
            with self.subTest(vnfd):
                found = self.tried(vnfd)
                self.assertEqual({}, found["attributes"])
                reasons = [each["reason"] for each in found["problems"]]
                self.assertIn(words, reasons[0])


class TestDryRunParameter(base.ApiTestCase):
    def test_its_values(self):
        body = self.vnfd_body()
        answer = self.call("POST", "/v1.0/vnfds?dry_run=perhaps", body)
        self.assert_refused(400, "BadRequest", "dry_run", answer=answer)
        for empty in ("dry_run=", "dry_run"):
            answer = self.call("POST", f"/v1.0/vnfds?{empty}", body)
            self.assert_refused(400, "BadRequest", "dry_run", answer=answer)
        answer = self.call("POST", "/v1.0/vnfds?dry_run=1", body)
        self.assertEqual(200, answer.status)
        answer = self.call("POST", "/v1.0/vnfds?dry_run=false", body)
        self.assertEqual(201, answer.status)

    def test_other_operations_have_none(self):
        self.call("POST", "/v1.0/vims?dry_run=true", self.vim_body("kept"))
        self.assertEqual(1, len(self.call("GET", "/v1.0/vims").json["vims"]))


class TestVnfsFromPackages(base.ApiTestCase):
    def setUp(self):
        super().setUp()
        self.vim = self.make_vim(is_default=True)
        self.values = {"param_values": descriptors.VALUES}

    def template(self, data: bytes) -> dict[str, str]:
        return {"csar": base64.b64encode(data).decode()}

    def test_from_an_onboarded_one(self):
        body = package_body(packages.packed(packages.good()), "web")
        self.assertEqual(201, self.call("POST", "/v1.0/vnfds", body).status)
        vnf = self.make_vnf(vnfd_id="web", attributes=self.values)
        self.wait_status(vnf["id"], "ACTIVE")

    def test_from_its_own(self):
        given = self.template(packages.packed(packages.good()))
        vnf = self.make_vnf(vnfd_template=given, attributes=self.values)
        self.wait_status(vnf["id"], "ACTIVE")
        vnfd = self.call("GET", f"/v1.0/vnfds/{vnf['vnfd_id']}").json["vnfd"]
        self.assertEqual("inline", vnfd["template_source"])
        self.assertEqual(2, len(vnfd["attributes"]["files"]))

    def test_refused(self):
        text = packages.descriptor()
        for entry, words in (
            (text.replace("../Scripts/install.sh", "/etc/passwd"), "web.yaml:39"),
            (text.replace("management: true", "managment: x"), "web.yaml:23"),
        ):
            given = self.template(packages.packed(packages.changed(entry=entry)))
            body = {"name": "x", "vnfd_template": given, "attributes": self.values}
            answer = self.call("POST", "/v1.0/vnfs", {"vnf": body})
            self.assert_refused(400, "ToscaParserFailed", words, answer=answer)
        self.assertEqual([], self.call("GET", "/v1.0/vnfs").json["vnfs"])
        self.assertEqual([], self.call("GET", "/v1.0/vnfds").json["vnfds"])
