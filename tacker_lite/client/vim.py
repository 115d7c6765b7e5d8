"""Registered infrastructures."""

from tacker_lite.client.http import Collection


class VimCalls(Collection):
    plural = "vims"
    singular = "vim"
