# SPDX-License-Identifier: MIT
"""ringbuf-drain.py HOLDER OBJECT PROGRAM SAMPLES one|all: reads a full ring as BCC's open_ring_buffer and ring_buffer_consume do,
without a program that BCC has compiled: one field of each record or all."""

import ctypes
import json
import subprocess
import sys
import time

from bcc.libbcc import _RINGBUF_CB_TYPE, lib

WARM_UP = 5

holder, path, program, samples, fields = sys.argv[1:]
child = subprocess.Popen([holder, path, program, "records"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
map_fd = ctypes.CDLL("libbpf.so.1", use_errno=True).bpf_map_get_fd_by_id(int(child.stdout.readline()))
records = 0
total = 0


class Event(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("sequence", "pid", "uid", "saddr", "daddr", "length")]
    _fields_ += [(name, ctypes.c_uint16) for name in ("sport", "dport")]




def run(repeat):
    child.stdin.write(f"{repeat}\n")
    child.stdin.flush()
    return int(child.stdout.readline())


def read_one(context, data, size):
    global records, total
    records += 1
    total ^= Event.from_address(data).sequence
    return 0


def read_all(context, data, size):
    global records, total
    records += 1
    event = Event.from_address(data)
    total ^= event.sequence ^ event.pid ^ event.uid ^ event.saddr ^ event.daddr ^ event.length
    total ^= event.sport ^ event.dport
    return 0


callback = _RINGBUF_CB_TYPE(read_all if fields == "all" else read_one)
ring = lib.bpf_new_ringbuf(map_fd, callback, None)
if not ring:
    sys.exit("bpf_new_ringbuf")

times = []
# The first turns warm up and are not told.
for turn in range(-WARM_UP, int(samples)):
    while run(20000) == 0:
        pass
    records = 0
    start = time.monotonic_ns()
    if lib.bpf_consume_ringbuf(ring) < 0:
        sys.exit("bpf_consume_ringbuf")
    elapsed = time.monotonic_ns() - start
    if records == 0:
        sys.exit("no records")
    if turn >= 0:
        times.append(elapsed / records)
print(total, file=sys.stderr)
print(json.dumps({"time": times}))
child.stdin.close()
