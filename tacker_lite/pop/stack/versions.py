"""Versions of the HOT language: dates, in order, and the names some also have."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack.errors import InvalidTemplateVersion

DATES = (
    "2013-05-23",
    "2014-10-16",
    "2015-04-30",
    "2015-10-15",
    "2016-04-08",
    "2016-10-14",
    "2017-02-24",
    "2017-09-01",
    "2018-03-02",
    "2018-08-31",
    "2021-04-16",
)
ALIASES = {
    "newton": "2016-10-14",
    "ocata": "2017-02-24",
    "pike": "2017-09-01",
    "queens": "2018-03-02",
    "rocky": "2018-08-31",
    "wallaby": "2021-04-16",
}


@dataclass(frozen=True)
class Version:
    """A template version as written (``name``) and as a date."""

    name: str
    date: str


def parse_version(value: Any) -> Version:
    """Read ``heat_template_version``.

    :raises InvalidTemplateVersion: naming the versions that are known.
    """
    # An unquoted date is a date for YAML, not a string.
    name = value.isoformat() if isinstance(value, datetime.date) else str(value)
    date = ALIASES.get(name, name)
    if date not in DATES:
        raise InvalidTemplateVersion(
            f'The template version is invalid: "heat_template_version: {name}". '
            f'"heat_template_version" should be one of: {", ".join(DATES)}, '
            f"{', '.join(ALIASES)}"
        )
    return Version(name, date)
