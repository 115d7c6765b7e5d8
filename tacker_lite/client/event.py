"""Events: the record of what happened to a resource."""

from tacker_lite.client.http import Collection


class EventCalls(Collection):
    """The calls of ``/v1.0/events``; those that change something are refused."""

    plural = "events"
    singular = "event"
