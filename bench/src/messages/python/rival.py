"""Python's own queue and pipe, measured between a parent and a child process.

usage: rival.py queue|pipe CASE to-child|to-parent|round-trip

Each line of input is a number of messages to move; the answer to it is the seconds that they took.
"""

import sys
from collections import namedtuple
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

# What a receiver makes of every message; inspection.ts does the same.
GLANCES = {
    int: lambda message: message == 123_456,
    dict: lambda message: message["id"] == 123_456,
    str: lambda message: len(message) == 1024 and message[-1] == "x",
    bytes: lambda message: message[-1] == 255,
}

# One side's ways to move payloads, and to move the numbers and verdicts around them.
End = namedtuple("End", "put get tell hear")


# The child's side of each flow. A batch starts with its number of messages; None ends the child.


def consume(end, payload):
    while (messages := end.hear()) is not None:
        end.tell(receive(end.get, payload, messages))


def produce(end, payload):
    while (messages := end.hear()) is not None:
        send(end.put, payload, messages)


def echo(end, _payload):
    while (message := end.get()) is not None:
        end.put(message)


# The parent's side of each flow: returns whether all messages arrived as they were sent.


def to_child(end, payload, messages):
    end.tell(messages)
    send(end.put, payload, messages)
    return end.hear()


def to_parent(end, payload, messages):
    end.tell(messages)
    return receive(end.get, payload, messages)


def round_trip(end, payload, messages):
    put, get = end.put, end.get
    for _ in range(messages):
        put(payload)
        last = get()
    return last == payload


def send(put, payload, messages):
    for _ in range(messages):
        put(payload)


def receive(get, payload, messages):
    glance = GLANCES[type(payload)]
    faults = 0
    for _ in range(messages):
        last = get()
        if not glance(last):
            faults += 1
    return faults == 0 and last == payload


FLOWS = {"to-child": (to_child, consume), "to-parent": (to_parent, produce), "round-trip": (round_trip, echo)}


def ends(rival, payload):
    """The parent's end and the child's."""
    if rival == "pipe":
        return [pipe_end(connection, payload) for connection in Pipe()]
    there, back = Queue(1000), Queue(1000)
    return End(there.put, back.get, there.put, back.get), End(back.put, there.get, back.put, there.get)


def pipe_end(connection, payload):
    """Bytes need no pickling: a connection has methods of their own for them."""
    if isinstance(payload, bytes):
        return End(connection.send_bytes, connection.recv_bytes, connection.send, connection.recv)
    return End(connection.send, connection.recv, connection.send, connection.recv)


def main(rival, case, flow):
    payload = PAYLOADS[case]
    run, serve = FLOWS[flow]
    parent, child = ends(rival, payload)
    process = Process(target=serve, args=(child, payload), daemon=True)
    process.start()
    for line in sys.stdin:
        start = perf_counter()
        intact = run(parent, payload, int(line))
        print(perf_counter() - start, flush=True)
        if not intact:
            sys.exit(f"a message of case '{case}' did not arrive as it was sent")
    parent.tell(None)
    process.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
