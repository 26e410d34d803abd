"""A percentile of a Prometheus histogram over what it counted between two scrapes, in milliseconds.
Within a bucket the line is taken to be straight.

    percentile.py <metric> <percent> <before> <after>
"""

import re
import sys


def buckets(path: str, metric: str) -> dict[float, float]:
    found: dict[float, float] = {}
    with open(path) as lines:
        for line in lines:
            if match := re.match(rf'{metric}_bucket{{.*le="([^"]+)"}} (\d+)', line):
                bound = float(match[1])
                found[bound] = found.get(bound, 0) + float(match[2])
    return found


def percentile(before: dict[float, float], after: dict[float, float], percent: float) -> float:
    counts = {bound: count - before.get(bound, 0) for bound, count in sorted(after.items())}
    wanted = max(counts.values(), default=0) * percent / 100
    if wanted == 0:
        sys.exit("nothing was counted")
    low, seen = 0.0, 0.0
    for bound, count in counts.items():
        if count >= wanted:
            return (
                low
                if bound == float("inf")
                else low + (bound - low) * (wanted - seen) / (count - seen)
            )
        low, seen = bound, count
    raise AssertionError("the last bucket counts everything")


if __name__ == "__main__":
    name, percent, first, last = sys.argv[1:]
    seconds = percentile(buckets(first, name), buckets(last, name), float(percent))
    print(f"milliseconds={seconds * 1000:.3f}")
