"""What the load-balancer service refuses, in the words of its API."""

from __future__ import annotations

from tacker_lite.pop.errors import Forbidden, NotFound


class Missing(NotFound):
    """There is no such object, or the caller may not see it."""

    def __init__(self, kind: str, ident: str):
        super().__init__(kind, ident)
        name = " ".join(word[0].upper() + word[1:] for word in kind.split())
        self.args = (f"{name} {ident} not found.",)
        self.message = str(self)


class QuotaMet(Forbidden):
    """The project has as many objects as it may have.

    :param kind: of the objects, such as ``Load Balancer``.
    """

    def __init__(self, kind: str):
        super().__init__(f"Quota has been met for resources: {kind}")
