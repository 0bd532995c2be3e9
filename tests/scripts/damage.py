#!/usr/bin/env python3
"""damage.py GREENCHECK LIBRARY PROGRAM SHARED: cut short and scribble on the
program, or on the library SHARED that it needs, and ask greencheck for a report
and for a start. It has to end by itself, with a status of its own, and any
report has to be JSON. The seed is printed; SEED and ROUNDS choose others."""

import json
import os
import random
import subprocess
import sys
import tempfile

seed = int(os.environ.get("SEED", "1"))
rounds = int(os.environ.get("ROUNDS", "150"))
greencheck, library, *files = sys.argv[1:]
program, shared = files
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


def judge(where, mode, run):
    """Exit unless the run ended as it should."""
    report = mode != ["--start"]
    if run.returncode not in ([0, 1, 2, 126, 127] if report
                              else [0, 125, 126, 127]):
        sys.exit("%s: status %d %s" % (where, run.returncode,
                                       run.stderr.decode(errors="replace")))
    if run.returncode >= 125:
        if not run.stderr.startswith(b"greenrun: ") or \
                run.stdout != (b"" if report else b"told\n"):
            sys.exit("%s: no message" % where)
    elif report:
        json.loads(run.stdout.decode())
    elif not run.stdout.endswith(b"/"):
        sys.exit("%s: no answer" % where)


for number in range(rounds):
    name = chosen.choice(files)
    with open(name, "rb") as original:
        data = scribble(original.read())
    with tempfile.TemporaryDirectory() as directory:
        damaged = os.path.join(directory, os.path.basename(name))
        with open(damaged, "wb") as copy:
            copy.write(data)
        os.chmod(damaged, 0o700)
        started = damaged if name == program else os.path.abspath(program)
        where = "seed %d, round %d, %s" % (seed, number, name)
        for mode in ["--check", "--json"], ["--start"]:
            run = subprocess.run(
                [greencheck, *mode, "--library", library, started],
                env={**os.environ, "LD_LIBRARY_PATH": directory},
                timeout=60, capture_output=True, check=False)
            judge(where, mode, run)
