"""Python's own pools, with two processes.

usage: rival.py pool|executor|ideal CASE WAY STEPS
       rival.py calibrate

Each line of input is a number of tasks to hand over at once; the answer to it is the seconds until all results are back.
`calibrate` prints how many steps of `busy` take about a millisecond of CPU time.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import Pipe, Pool, Process
from statistics import median
from time import perf_counter, process_time

WORKERS = 2

# What the workers run; tasks.ts and answers.ts have the same.


def double(n):
    return n * 2


def busy(steps):
    value = steps
    for step in range(steps):
        value = (value ^ step) * 1103515245 & 0x7FFFFFFF
    return value


VARIANTS = 8


def items_of(case, steps, count):
    if case == "cpu":
        return [steps + index % VARIANTS for index in range(count)]
    return range(count)


answer_to = lru_cache(busy)


def expect_answers(case, items, answers):
    expected = sum(map(answer_to, items)) if case == "cpu" else len(items) * (len(items) - 1)
    if len(answers) != len(items) or sum(answers) != expected:
        sys.exit(f"the answers to {len(items)} tasks of '{case}' are not right")


# The ways to hand them over: each takes a pool, a task, items and the size of chunks, or None, and returns all results.


def pool_map(pool, task, items, chunk):
    return pool.map(task, items, chunk)


def pool_imap_unordered(pool, task, items, chunk):
    return list(pool.imap_unordered(task, items, chunk))


def pool_apply_async(pool, task, items, _chunk):
    pending = [pool.apply_async(task, (item,)) for item in items]
    return [result.get() for result in pending]


def executor_map(executor, task, items, chunk):
    return list(executor.map(task, items, chunksize=chunk))


def executor_submit(executor, task, items, _chunk):
    pending = [executor.submit(task, item) for item in items]
    return [future.result() for future in pending]


WAYS = {
    "pool": {"map": pool_map, "imap_unordered": pool_imap_unordered, "apply_async": pool_apply_async},
    "executor": {"map": executor_map, "submit": executor_submit},
}


@contextmanager
def terminating(pool):
    """Its own way to end is to be terminated, but it does not wait for it."""
    with pool:
        yield pool
    pool.join()


STARTS = {"pool": lambda: terminating(Pool(WORKERS)), "executor": lambda: ProcessPoolExecutor(WORKERS)}


def timed(ask, pool, case, steps, count):
    task = busy if case == "cpu" else double
    items = items_of(case, steps, count)
    start = perf_counter()
    answers = ask(pool, task, items)
    took = perf_counter() - start
    expect_answers(case, items, answers)
    return took


def serve_warm(start, ask, case, steps):
    with start() as pool:
        for line in sys.stdin:
            print(timed(ask, pool, case, steps, int(line)), flush=True)


def serve_fresh(start, ask):
    for line in sys.stdin:
        took = 0
        for _ in range(int(line)):
            began = perf_counter()
            with start() as pool:
                [answer] = ask(pool, double, [21])
                took += perf_counter() - began
            if answer != 42:
                sys.exit(f"the first result is {answer}, not 42")
        print(took, flush=True)


# Two processes that do tasks for a fixed time and speak to nobody meanwhile, measured in CPU time as in ideal.ts.


def obey(orders):
    while (order := orders.recv()) is not None:
        seconds, steps = order
        start, end = process_time(), perf_counter() + seconds
        answers = [busy(steps)]
        while perf_counter() < end:
            answers.append(busy(steps + len(answers) % VARIANTS))
        orders.send((answers, process_time() - start))


def serve_ideal(steps):
    ends = []
    for _ in range(WORKERS):
        here, there = Pipe()
        Process(target=obey, args=(there,), daemon=True).start()
        ends.append(here)
    for line in sys.stdin:
        count = int(line)
        for end in ends:
            end.send((count / 1000 / WORKERS, steps))
        rate = 0
        for answers, seconds in [end.recv() for end in ends]:
            expect_answers("cpu", items_of("cpu", steps, len(answers)), answers)
            rate += len(answers) / seconds
        print(count / rate, flush=True)


def calibrate():
    trial = 20_000
    times = []
    for _ in range(200):
        start = process_time()
        busy(trial)
        times.append(process_time() - start)
    print(round(trial / (median(times) * 1000)))


def main(rival, case, way, steps):
    if rival == "ideal":
        return serve_ideal(int(steps))
    method, _, chunk = way.partition(" ")
    ask = WAYS[rival][method]
    chunk = int(chunk) if chunk else None

    def in_chunks(pool, task, items):
        return ask(pool, task, items, chunk)

    if case == "first-result":
        return serve_fresh(STARTS[rival], in_chunks)
    return serve_warm(STARTS[rival], in_chunks, case, int(steps))


if __name__ == "__main__":
    if sys.argv[1] == "calibrate":
        calibrate()
    else:
        main(*sys.argv[1:])
