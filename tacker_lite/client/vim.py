"""Registered infrastructures."""

from tacker_lite.client.http import Collection


class VimCalls(Collection):
    """The calls of ``/v1.0/vims``."""

    plural = "vims"
    singular = "vim"
