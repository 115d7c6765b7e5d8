"""Add up test results: reasons of skipped tests, then one closing line."""

from __future__ import annotations

import sys
from collections import Counter

import testtools
from subunit import ByteStreamToStreamResult


def main(paths: list[str]) -> int:
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()

    def count(test: dict) -> None:
        outcomes[test["status"]] += 1
        if test["status"] == "skip":
            reason = test["details"].get("reason")
            reasons[reason.as_text().strip() if reason else "no reason given"] += 1

    for path in paths:
        result = testtools.StreamToDict(count)
        result.startTestRun()
        with open(path, "rb") as stream:
            ByteStreamToStreamResult(stream).run(result)
        result.stopTestRun()
    for reason, times in reasons.items():
        print(f"SKIPPED {times} x {reason}")
    good = outcomes["success"] + outcomes["xfail"]
    bad = sum(outcomes.values()) - good - outcomes["skip"]
    print(f"{good} passed, {bad} failed, {outcomes['skip']} skipped")
    return 1 if bad or not good else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
