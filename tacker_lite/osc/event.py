"""``openstack nfv event ...``"""

from __future__ import annotations

from osc_lib import utils
from osc_lib.command import command

from tacker_lite.osc.command import client_of, given, shown

FILTERS = ("id", "resource_type", "resource_id", "resource_state", "event_type")


class ListEvent(command.Lister):
    """List events."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        for name in FILTERS:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, metavar=f"<{name.replace('_', '-')}>")
        parser.add_argument("--long", action="store_true", help="Show details as well")
        return parser

    def take_action(self, parsed_args):
        columns = {
            "id": "ID",
            "resource_type": "Resource Type",
            "resource_id": "Resource ID",
            "resource_state": "Resource State",
            "event_type": "Event Type",
            "timestamp": "Timestamp",
        }
        if parsed_args.long:
            columns["event_details"] = "Event Details"
        events = client_of(self).events
        rows = events.list(**given(parsed_args, *FILTERS))
        return tuple(columns.values()), (
            utils.get_dict_properties(row, tuple(columns)) for row in rows
        )


class ShowEvent(command.ShowOne):
    """Show one event."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("id", metavar="ID", help="Number of the event")
        return parser

    def take_action(self, parsed_args):
        events = client_of(self).events
        return shown(events.show(parsed_args.id))
