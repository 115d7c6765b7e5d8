"""Events: the record of what happened to a resource."""

from tacker_lite.client.http import Collection


class EventCalls(Collection):
    plural = "events"
    singular = "event"
