#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Read and compare the results of CPython's regression tests.

compare.py junit FILE          results of a finished run, as TEST<tab>STATUS
compare.py log FILE            the same out of a verbose log, as far as it goes
compare.py last FILE           the test that a verbose log ends in
compare.py same NATIVE GREEN   status 0 if each test has the same status
compare.py merge OTHER A B     A, with B's result where it is OTHER's
compare.py table DIR "HUBS..." MODULE...
                               all columns; status 1 if a test differs

STATUS is ok, fail, error, skip, or hang or crash (N) for a test that had to
be killed, or ended the interpreter.  The name of a module alone stands for its
process: ok, or exit (N) with regrtest's status.
"""
import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

# The worst first: a test that reports twice (subtests) has the worse status.
WORST = ["hang", "crash", "error", "fail", "exit", "ok", "skip"]

STARTED = re.compile(r"^(\w+) \((test[\w.<>]*)\)", re.M)
ENDED = re.compile(
    r"^(\w+) \((test[\w.<>]*)\)(?:\n[^\n]*?)?? \.\.\. (.*?)"
    r"(ok|FAIL|ERROR|skipped '[^\n]*|expected failure)$",
    re.M | re.S,
)
WORDS = {"ok": "ok", "FAIL": "fail", "ERROR": "error"}


def rank(status):
    return WORST.index(status.split()[0])


def add(results, test, status):
    if test not in results or rank(status) < rank(results[test]):
        results[test] = status


def name_of(method, where):
    """The log of 3.11 names the method in both places; junit once."""
    return where if where.endswith("." + method) else f"{where}.{method}"


def read_junit(path):
    results = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("error") is not None:
            status = "error"
        elif case.find("failure") is not None:
            status = "fail"
        elif case.find("skipped") is not None:
            status = "skip"
        else:
            status = "ok"
        add(results, case.get("name"), status)
    return results


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def read_log(path):
    results = {}
    for method, where, _, word in ENDED.findall(read_text(path)):
        status = WORDS.get(word, "skip" if word.startswith("skip") else "ok")
        add(results, name_of(method, where), status)
    return results


def last_started(path):
    started = STARTED.findall(read_text(path))
    return name_of(*started[-1]) if started else ""


def read_tsv(path):
    results = {}
    try:
        for line in read_text(path).splitlines():
            test, status = line.split("\t")
            add(results, test, status)
    except FileNotFoundError:
        pass
    return results


def write(results):
    for test, status in sorted(results.items()):
        print(f"{test}\t{status}")


def differences(native, green):
    """Tests whose status differs; "-" stands for a test that did not run."""
    for test in sorted(native.keys() | green.keys()):
        pair = native.get(test, "-"), green.get(test, "-")
        if pair[0] != pair[1]:
            yield test, *pair


def merge(native, first, again):
    """A test that went once as it did in the other mode does not differ."""
    merged = dict(first)
    for test, want, _ in differences(native, first):
        if want == "-" and test not in again:
            merged.pop(test)
        elif again.get(test) == want:
            merged[test] = want
    return merged


def summary(results):
    # A process that ended well is no test.
    count = collections.Counter(
        status.split()[0]
        for test, status in results.items()
        if "." in test or status != "ok"
    )
    text = f"{count.pop('ok', 0)} ok"
    for status in reversed(WORST):
        if count[status]:
            text += f" {count[status]} {status}"
    return text


def table(folder, hubs, modules):
    modes = ["native"] + [f"green{n}" for n in hubs]
    titles = ["native"] + [f"hubs {n}" for n in hubs]
    row = "{:<27}" + " {:<28}" * len(modes)
    total = collections.defaultdict(dict)
    lines = []
    print(row.format("module", *titles).rstrip())
    for module in modules:
        columns = [read_tsv(f"{folder}/{module}.{m}.tsv") for m in modes]
        print(row.format(module, *map(summary, columns)).rstrip())
        for mode, column in zip(modes, columns):
            # The name of a module alone stands for its process.
            total[mode].update(
                {f"{module}:{test}": s for test, s in column.items()}
            )
        for title, column in zip(titles[1:], columns[1:]):
            for test, want, have in differences(columns[0], column):
                lines.append(
                    f"  {title}: {test}: native {want}, greened {have}"
                )
        if not columns[0]:
            lines.append(f"  {module}: no native results")
    print(row.format("all", *(summary(total[m]) for m in modes)).rstrip())
    print()
    if lines:
        print(f"{len(lines)} differences:")
        print("\n".join(lines))
    else:
        print("No test differs.")
    return 1 if lines else 0


def main(what, *args):
    if what == "junit":
        write(read_junit(*args))
    elif what == "log":
        write(read_log(*args))
    elif what == "last":
        print(last_started(*args))
    elif what == "same":
        return 1 if any(differences(*map(read_tsv, args))) else 0
    elif what == "merge":
        write(merge(*map(read_tsv, args)))
    elif what == "table":
        return table(args[0], args[1].split(), args[2:])
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
