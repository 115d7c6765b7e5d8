"""What a testbed without guests and without an alarm service lacks, played here.

Nothing here is used where the cloud has the real thing; the table of results says
where it was.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
import uuid
from typing import Any

import fixtures
import openstack
import requests
from openstack.connection import Connection

SERVICE_TYPE = "alarming"


class SimulatedAlarmService(fixtures.Fixture):
    """An alarm service that keeps alarms and never measures: it is told to fire.

    It answers what Heat's resources of alarms ask, on a free port of the loopback
    address, and stands in the catalogue of the cloud for as long as it is used.

    :param connection: of a user who may change the catalogue.
    :ivar alarms: by id, as Heat made them.
    """

    def __init__(self, connection: Connection):
        self.connection = connection
        self.alarms: dict[str, dict[str, Any]] = {}

    def _setUp(self):
        handler = type("Handler", (_AlarmRequest,), {"alarms": self.alarms})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_address[1]}"
        identity = self.connection.identity
        service = identity.create_service(
            type=SERVICE_TYPE, name="simulated alarm service of a test"
        )
        self.addCleanup(identity.delete_service, service)
        region = self.connection.config.get_region_name() or None
        for interface in ("public", "internal", "admin"):
            identity.create_endpoint(
                service_id=service.id, interface=interface, url=url, region_id=region
            )

    def of(self, vnf_id: str) -> dict[str, dict[str, Any]]:
        """Alarms that call a URL of a VNF, by that URL."""
        return {
            url: alarm
            for alarm in list(self.alarms.values())
            for url in alarm.get("alarm_actions") or ()
            if f"/{vnf_id}/" in url
        }

    @staticmethod
    def fire(url: str, alarm: dict[str, Any]) -> requests.Response:
        """Tell whom an alarm is to tell, as Aodh does."""
        body = {
            "alarm_id": alarm["alarm_id"],
            "alarm_name": alarm["name"],
            "severity": alarm.get("severity", "low"),
            "previous": "ok",
            "current": "alarm",
            "reason": "Transition to alarm due to a test",
            "reason_data": {"type": "threshold", "disposition": "outside"},
        }
        headers = {"Content-Type": "application/json"}
        return requests.post(url, data=json.dumps(body), headers=headers, timeout=60)


class _AlarmRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    alarms: dict[str, dict[str, Any]]

    def do_POST(self) -> None:
        alarm = {**self._body(), "alarm_id": str(uuid.uuid4())}
        self.alarms[alarm["alarm_id"]] = alarm
        self._answer(201, alarm)

    def do_PUT(self) -> None:
        known = self._known()
        if known is not None:
            known.update(self._body())
            self._answer(200, known)

    def do_GET(self) -> None:
        known = self._known()
        if known is not None:
            self._answer(200, known)

    def do_DELETE(self) -> None:
        known = self._known()
        if known is not None:
            del self.alarms[known["alarm_id"]]
            self._answer(204, None)

    def _known(self) -> dict[str, Any] | None:
        found = re.fullmatch(r"/v2/alarms/([0-9a-f-]+)", self.path)
        alarm = self.alarms.get(found.group(1)) if found else None
        if alarm is None:
            self._answer(404, {"error_message": "no such alarm"})
        return alarm

    def _body(self) -> dict[str, Any]:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return dict(json.loads(text))

    def _answer(self, status: int, body: Any) -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""


def answer_for_guests(connection: Connection, stack: str) -> int:
    """Say for the servers of a stack that their scripts ran, as Heat's agent would.

    No script runs: servers of a testbed are not booted.

    :returns: how many deployments were answered.
    """
    heat = connection.orchestration
    listed = heat.get(f"/stacks/{stack}/resources", params={"nested_depth": 2})
    openstack.exceptions.raise_from_response(listed)
    servers = {
        each["physical_resource_id"]
        for each in listed.json()["resources"]
        if each["resource_type"] == "OS::Nova::Server"
    }
    answered = 0
    for each in heat.get("/software_deployments").json()["software_deployments"]:
        if each["status"] != "IN_PROGRESS" or each["server_id"] not in servers:
            continue
        config = heat.get(f"/software_configs/{each['config_id']}").json()
        inputs = {
            given["name"]: given.get("value")
            for given in config["software_config"]["inputs"]
        }
        signal = {"deploy_status_code": 0, "deploy_stdout": "", "deploy_stderr": ""}
        done = requests.post(inputs["deploy_signal_id"], json=signal, timeout=60)
        done.raise_for_status()
        answered += 1
    return answered
