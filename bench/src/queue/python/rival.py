"""Python's own queue and pipe, measured between a parent and a child process.

usage: rival.py queue|pipe CASE to-child|to-parent|round-trip

Each line of input is a number of messages to move; the answer to it is the seconds that they took.
"""

import sys
from multiprocessing import Pipe, Process, Queue
from time import perf_counter

# load.ts lists the same payloads.
PAYLOADS = {
    "int": 123_456,
    "object": {"id": 123_456, "name": "millrace", "tags": ["a", "b"], "ok": True},
    "string-1k": "x" * 1024,
    "bytes-64k": bytes(range(256)) * 256,
    "bytes-1m": bytes(range(256)) * 4096,
    "round-trip": 123_456,
}


# The child's side of each flow. A batch starts with its number of messages; None ends the child.


def consume(put, get, payload):
    while (messages := get()) is not None:
        for _ in range(messages):
            last = get()
        put(last == payload)


def produce(put, get, payload):
    while (messages := get()) is not None:
        for _ in range(messages):
            put(payload)


def echo(put, get, _payload):
    while (message := get()) is not None:
        put(message)


# The parent's side of each flow: returns whether the last message arrived as it was sent.


def to_child(put, get, payload, messages):
    put(messages)
    for _ in range(messages):
        put(payload)
    return get()


def to_parent(put, get, payload, messages):
    put(messages)
    for _ in range(messages):
        last = get()
    return last == payload


def round_trip(put, get, payload, messages):
    for _ in range(messages):
        put(payload)
        last = get()
    return last == payload


FLOWS = {"to-child": (to_child, consume), "to-parent": (to_parent, produce), "round-trip": (round_trip, echo)}


def ends(rival):
    """The put and get of the parent, and those of the child."""
    if rival == "pipe":
        parent, child = Pipe()
        return (parent.send, parent.recv), (child.send, child.recv)
    there, back = Queue(1000), Queue(1000)
    return (there.put, back.get), (back.put, there.get)


def main(rival, case, flow):
    payload = PAYLOADS[case]
    run, serve = FLOWS[flow]
    parent, child = ends(rival)
    process = Process(target=serve, args=(*child, payload), daemon=True)
    process.start()
    put, get = parent
    for line in sys.stdin:
        start = perf_counter()
        intact = run(put, get, payload, int(line))
        print(perf_counter() - start, flush=True)
        if not intact:
            sys.exit(f"a message of case '{case}' did not arrive as it was sent")
    put(None)
    process.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
