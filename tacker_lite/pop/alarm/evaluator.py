"""The thread of a lab that judges its alarms."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from tacker_lite.pop.alarm import server_events, threshold
from tacker_lite.pop.alarm.caller import Caller
from tacker_lite.pop.alarm.records import EVENT, Alarm, Verdict
from tacker_lite.pop.records import Server

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud, Lab

LOG = logging.getLogger(__name__)
#: From one look at which alarms are due to the next, in seconds.
TICK_SECONDS = 0.5


class Alarms:
    """Judges the alarms of all PoPs: each once in its granularity, events at once.

    Without alarms its thread sleeps.
    """

    def __init__(self, lab: Lab, caller: Caller | None = None):
        self._lab = lab
        self._caller = caller or Caller()
        self._wake = threading.Event()
        self._closed = False
        self._since = time.monotonic()
        self._judged: dict[str, int] = {}
        self._watches: dict[str, server_events.Watch] = {}
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def open(self) -> None:
        """Begin to judge, and make the calls that are owed."""
        for cloud in self._lab.clouds.values():
            for call in cloud.alarm.calls:
                self._caller.deliver(cloud, call)
        self._thread.start()
        self.wake()

    def close(self) -> None:
        """End the thread; calls not made yet stay owed."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._caller.close()

    def wake(self) -> None:
        """There are other alarms than before."""
        self._wake.set()

    def horizon(self) -> float:
        """How long alarms look back, in seconds; 0: there are none."""
        alarms = [
            alarm
            for cloud in self._lab.clouds.values()
            for alarm in cloud.alarm.alarms
            if alarm.enabled
        ]
        return max(map(_look_back, alarms), default=0.0)

    def _run(self) -> None:
        pause: float | None = None
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            if self._closed:
                return
            watched = self._watched()
            for cloud in watched:
                self._judge_all(cloud)
            pause = TICK_SECONDS if watched else None

    def _watched(self) -> list[Cloud]:
        """The PoPs with alarms; what is known of other alarms is forgotten."""
        clouds = [c for c in self._lab.clouds.values() if len(c.alarm.alarms)]
        known = {alarm.id for cloud in clouds for alarm in cloud.alarm.alarms}
        for ident in self._judged.keys() - known:
            del self._judged[ident]
        for name in self._watches.keys() - {cloud.pop.name for cloud in clouds}:
            del self._watches[name]
        return clouds

    def _judge_all(self, cloud: Cloud) -> None:
        with cloud.lock:
            alarms = [alarm for alarm in cloud.alarm.alarms if alarm.enabled]
        now = time.monotonic()
        try:
            for alarm in alarms:
                if alarm.type != EVENT:
                    self._judge(cloud, alarm, now)
            self._hear(cloud, [alarm for alarm in alarms if alarm.type == EVENT])
        except Exception:  # noqa: BLE001 (worker loop)
            LOG.exception("Judging the alarms of PoP %s failed", cloud.pop.name)

    def _judge(self, cloud: Cloud, alarm: Alarm, now: float) -> None:
        """Judge an alarm if a stretch of its granularity has ended."""
        stretch = int(now // threshold.granularity(alarm))
        if self._judged.get(alarm.id) != stretch:
            self._judged[alarm.id] = stretch
            verdict = threshold.judge(cloud, alarm, now, self._since)
            self._settle(cloud, alarm, verdict)

    def _hear(self, cloud: Cloud, alarms: list[Alarm]) -> None:
        if not alarms:
            self._watches.pop(cloud.pop.name, None)
            return
        servers = self._servers(cloud)
        watch = self._watches.get(cloud.pop.name)
        if watch is None:
            self._watches[cloud.pop.name] = server_events.Watch(servers)
            return
        for event in watch.changes(servers):
            for alarm in alarms:
                verdict = server_events.judge(alarm, event)
                present = cloud.alarm.alarms.get(alarm.id)
                if verdict is not None and present is not None:
                    self._settle(cloud, present, verdict)

    def _servers(self, cloud: Cloud) -> list[Server]:
        """The PoP's servers; where they are measured, those that died are known."""
        if not self._lab.metrics.sampler.measures:
            return cloud.compute.list_servers(None)
        with cloud.lock:
            return list(cloud.compute.servers)

    def _settle(self, cloud: Cloud, alarm: Alarm, verdict: Verdict) -> None:
        for call in cloud.alarm.settle(alarm, verdict):
            self._caller.deliver(cloud, call)


def _look_back(alarm: Alarm) -> float:
    if alarm.type == EVENT:
        return TICK_SECONDS
    return threshold.granularity(alarm) * (threshold.periods(alarm) + 2)
