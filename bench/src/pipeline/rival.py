"""Three pools of two processes, whose `imap`s are chained.

usage: rival.py STEPS

Each line of input is a number of items; the answer to it is the seconds until all came through, plus a million times the
most items that were under way.
"""

import sys
from multiprocessing import Pool
from time import perf_counter

STAGES = 3
WORKERS = 2
CHUNK = 64


def busy(steps):
    value = steps
    for step in range(steps):
        value = (value ^ step) * 1103515245 & 0x7FFFFFFF
    return value


def step(item):
    steps = item["steps"]
    found = busy(steps + (item["id"] & 7)) if steps else item["id"]
    return {**item, "done": item["done"] + 1, "sum": item["sum"] + found}


def run(pools, steps, count):
    given = 0
    arrived = 0
    peak = 0

    def items():
        nonlocal given, peak
        for id in range(count):
            given += 1
            peak = max(peak, given - arrived)
            yield {"id": id, "name": f"item {id}", "steps": steps, "done": 0, "sum": 0}

    results = items()
    chunk = 1 if steps else CHUNK
    for pool in pools:
        results = pool.imap(step, results, chunk)
    ids = 0
    for item in results:
        arrived += 1
        ids += item["id"]
        if item["done"] != STAGES:
            sys.exit(f"item {item['id']} is not right")
    if arrived != count or ids != count * (count - 1) // 2:
        sys.exit(f"of {count} items {arrived} came through")
    return peak


def main(steps):
    pools = [Pool(WORKERS) for _ in range(STAGES)]
    for line in sys.stdin:
        start = perf_counter()
        peak = run(pools, steps, int(line))
        print(perf_counter() - start + peak * 1_000_000, flush=True)
    for pool in pools:
        pool.close()
        pool.join()


if __name__ == "__main__":
    main(int(sys.argv[1]))
