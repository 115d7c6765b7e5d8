"""A client of a lab's APIs without a network between."""

from werkzeug.test import Client

from tacker_lite.pop.faces.openstack.app import Application


class ApiClient:
    """Somebody who is logged in to a PoP.

    :param fixture: an :class:`~tacker_lite.tests.unit.pop.open_lab.OpenLab`.
    """

    def __init__(self, fixture, user="demo", project="demo", pop="pop1"):
        self._client = Client(Application(fixture.lab))
        self._pop = pop
        password = fixture.lab.clouds[pop].identity.initial_password(user)
        domain = {"id": "default"}
        user = {"name": user, "domain": domain, "password": password}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": project, "domain": domain}},
            }
        }
        answer = self._client.post(f"/{pop}/identity/v3/auth/tokens", json=body)
        self.token = answer.headers["X-Subject-Token"]
        self.user_id = answer.json["token"]["user"]["id"]
        self.project_id = answer.json["token"]["project"]["id"]

    def ask(self, method, path, body=None, **headers):
        """The answer to a request; ``path`` starts after the PoP's name."""
        headers = {"X-Auth-Token": self.token, **headers}
        more = {} if body is None else {"json": body}
        return self._client.open(
            f"/{self._pop}/{path}", method=method, headers=headers, **more
        )
