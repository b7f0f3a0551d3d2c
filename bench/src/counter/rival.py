"""Python's own Value and Lock, used by two processes at the same time.

usage: rival.py value|lock CASE

Each line of input is a number of operations for each process; the answer to it is the seconds that both took.
"""

import sys
from multiprocessing import Lock, Pipe, Process, Value
from time import perf_counter


def add(value, _lock, operations):
    for _ in range(operations):
        with value.get_lock():
            value.value += 1


def take(_value, lock, operations):
    for _ in range(operations):
        lock.acquire()
        lock.release()


def serve(orders, work, value, lock):
    while (operations := orders.recv()) is not None:
        work(value, lock, operations)
        orders.send(operations)


def main(rival, case):
    value, lock = Value("i", 0), Lock()
    work = add if case.endswith("-add") else take
    if rival == "value":
        lock = value.get_lock()
    here, there = Pipe()
    process = Process(target=serve, args=(there, work, value, lock), daemon=True)
    process.start()
    for line in sys.stdin:
        operations = int(line)
        start = perf_counter()
        if case != "lock":
            here.send(operations)
        work(value, lock, operations)
        if case != "lock":
            here.recv()
        print(perf_counter() - start, flush=True)
    here.send(None)
    process.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
