#!/usr/bin/env python3
"""damage.py GREENCHECK LIBRARY FILE...: hand it files cut short and scribbled
on. It has to end by itself, with a status of its own, and any report has to be
JSON. The seed is printed; SEED and ROUNDS choose others."""

import json
import os
import random
import subprocess
import sys
import tempfile

seed = int(os.environ.get("SEED", "1"))
rounds = int(os.environ.get("ROUNDS", "150"))
greencheck, library, *files = sys.argv[1:]
chosen = random.Random(seed)


def scribble(data):
    """Change a few numbers, mostly where the headers and tables are."""
    data = bytearray(data)
    if chosen.random() < 0.2:
        del data[chosen.randrange(len(data)):]
    for _ in range(chosen.choice([0, 1, 2, 5, 20]) if data else 0):
        end = min(len(data), 1024) if chosen.random() < 0.5 else len(data)
        at = chosen.randrange(end)
        size = chosen.choice([1, 2, 4, 8])
        value = chosen.choice([
            chosen.getrandbits(8 * size), 0, (1 << 8 * size) - 1,
            chosen.randrange(64), 1 << chosen.randrange(8 * size)])
        value &= (1 << 8 * size) - 1
        data[at:at + size] = value.to_bytes(size, "little")
    return data


for number in range(rounds):
    name = chosen.choice(files)
    with open(name, "rb") as original:
        data = scribble(original.read())
    with tempfile.NamedTemporaryFile() as damaged:
        damaged.write(data)
        damaged.flush()
        run = subprocess.run(
            [greencheck, "--json", "--library", library, "--program", name,
             damaged.name], timeout=60, capture_output=True, check=False)
    where = "seed %d, round %d, %s" % (seed, number, name)
    if run.returncode not in (0, 1, 2, 126):
        sys.exit("%s: status %d %s" % (where, run.returncode,
                                       run.stderr.decode(errors="replace")))
    if run.returncode == 126:
        if not run.stderr.startswith(b"greenrun: ") or run.stdout:
            sys.exit("%s: no message" % where)
    else:
        json.loads(run.stdout.decode())
