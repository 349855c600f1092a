#!/usr/bin/env python3
"""A long cable: what comes in at one link goes out at the other, and back, after a time.

    long_cable.py LINK LINK MILLISECONDS

For kernels without netem. Both links have their offloads off, so that a frame is what it is on a wire. Prints a line once it works.
"""

import collections
import errno
import select
import socket
import sys
import time

EVERYTHING = 0x0003  # ETH_P_ALL
OUTGOING = 4  # PACKET_OUTGOING: what we sent ourselves
BOUND = 4096  # frames on their way, each way; more are dropped


def main() -> None:
    near, far, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
    ends = []
    for link in (near, far):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
        end.bind((link, 0))
        end.setblocking(False)
        ends.append(end)
    under_way = [collections.deque(), collections.deque()]  # by the end at which they leave
    print("works", flush=True)
    while True:
        due = [queue[0][0] for queue in under_way if queue]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        for end in select.select(ends, [], [], wait)[0]:
            receive(end, under_way[1 - ends.index(end)], delay)
        now = time.monotonic()
        for end, queue in zip(ends, under_way):
            while queue and queue[0][0] <= now:
                try:
                    end.send(queue.popleft()[1])
                except OSError:
                    pass  # a cable loses what the other side cannot take


def receive(end: socket.socket, queue: collections.deque, delay: float) -> None:
    while True:
        try:
            frame, address = end.recvfrom(1 << 16)
        except BlockingIOError:
            return
        except OSError as e:
            if e.errno not in (errno.ENETDOWN, errno.ENXIO, errno.ENODEV):
                raise
            sys.exit(f"the cable ends: {e}")  # a link was taken away, with its namespace at the end of a test
        if address[2] != OUTGOING and len(queue) < BOUND:
            queue.append((time.monotonic() + delay, frame))


if __name__ == "__main__":
    main()
