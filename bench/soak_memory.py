"""What processes hold over time, and whether it grows.

    soak_memory.py sample <seconds> <file> <name>=<pid> ...    a line each ten seconds of each
    soak_memory.py table <file>      a table of them in Markdown; status 1 when one grows

The first fifth, and at least two minutes, is warm-up: caches fill, threads get their arenas. What
stands at either end of the rest is the median of a minute, so that no single moment decides. More
than 2 % and more than 1 MiB of resident memory is growth.
"""

import csv
import os
import re
import statistics
import sys
import time

INTERVAL_S = 10
WARM_UP_S = 120
A_MINUTE = 60 // INTERVAL_S
GROWTH_PERCENT = 2
GROWTH_KIB = 1024
FIGURES = ["rss_kib", "pss_kib", "anon_kib", "descriptors", "threads"]
HEADS = [
    "service",
    "MiB after warm-up",
    "last",
    "growth %",
    "MiB an hour",
    "anonymous MiB",
    "proportional MiB",
    "descriptors",
    "threads",
    "",
]


def number(text: str, name: str) -> int:
    return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])


def figures_of(pid: str) -> list[int]:
    with open(f"/proc/{pid}/status") as file:
        status = file.read()
    with open(f"/proc/{pid}/smaps_rollup") as file:
        pss = number(file.read(), "Pss")
    return [
        number(status, "VmRSS"),
        pss,
        number(status, "RssAnon"),
        len(os.listdir(f"/proc/{pid}/fd")),
        number(status, "Threads"),
    ]


def sample(seconds: int, path: str, processes: list[str]) -> None:
    began = time.monotonic()
    with open(path, "w", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["second", "service", *FIGURES])
        for second in range(0, seconds + 1, INTERVAL_S):
            time.sleep(max(0.0, began + second - time.monotonic()))
            for process in processes:
                name, pid = process.split("=")
                try:
                    out.writerow([second, name, *figures_of(pid)])
                except OSError:
                    sys.exit(f"{name} has ended after {second} s")
            file.flush()


def read(path: str) -> dict[str, list[dict[str, int]]]:
    """The samples after the warm-up, by service."""
    services: dict[str, list[dict[str, int]]] = {}
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    warm_up = max(WARM_UP_S, int(rows[-1]["second"]) / 5)
    for row in rows:
        name = row.pop("service")
        if int(row["second"]) >= warm_up:
            services.setdefault(name, []).append({key: int(row[key]) for key in row})
    return services


def ends(samples: list[dict[str, int]], figure: str) -> tuple[float, float]:
    values = [each[figure] for each in samples]
    return statistics.median(values[:A_MINUTE]), statistics.median(values[-A_MINUTE:])


def mib(ends: tuple[float, float]) -> str:
    return " → ".join(f"{kib / 1024:.1f}" for kib in ends)


def whole(ends: tuple[float, float]) -> str:
    return " → ".join(f"{number:.0f}" for number in ends)


def mib_an_hour(samples: list[dict[str, int]]) -> float:
    seconds = [each["second"] for each in samples]
    kib = [each["rss_kib"] for each in samples]
    return statistics.linear_regression(seconds, kib).slope * 3600 / 1024


def line(name: str, samples: list[dict[str, int]]) -> tuple[list[str], bool]:
    first, last = ends(samples, "rss_kib")
    percent = (last - first) / first * 100
    grows = percent > GROWTH_PERCENT and last - first > GROWTH_KIB
    cells = [
        name,
        f"{first / 1024:.1f}",
        f"{last / 1024:.1f}",
        f"{percent:+.1f}",
        f"{mib_an_hour(samples):+.2f}",
        mib(ends(samples, "anon_kib")),
        mib(ends(samples, "pss_kib")),
        whole(ends(samples, "descriptors")),
        whole(ends(samples, "threads")),
        "grows" if grows else "flat",
    ]
    return cells, grows


def table(path: str) -> bool:
    """True when nothing grows."""
    lines = [line(name, samples) for name, samples in read(path).items()]
    rule = ["---", *["---:"] * (len(HEADS) - 2), "---"]
    for cells in [HEADS, rule, *[cells for cells, _ in lines]]:
        print(f"| {' | '.join(cells)} |")
    return not any(grows for _, grows in lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["sample"] and len(sys.argv) > 4:
        sample(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
    elif sys.argv[1:2] == ["table"] and len(sys.argv) == 3:
        sys.exit(not table(sys.argv[2]))
    else:
        sys.exit(__doc__)
