"""gdb commands for programs that run under greenshim.

    (gdb) source scripts/gdb/greenshim.py
    (gdb) green threads         list the green threads
    (gdb) green bt ID|all       backtrace of one of them, or of all

The commands only read memory: they work on a core file as on a live process,
and change nothing in either.  libgreenshim.so needs its debugging information,
which `make` puts into it.

A parked fiber is not on a kernel thread, so gdb does not know its stack.  While
the stack is shown, an unwinder claims that the selected thread's innermost
frame was called by the fiber's: its registers are those that arch_switch()
saved, as laid out in runtime/arch/x86_64/switch.S.
"""

import gdb
from gdb.unwinder import Unwinder

STATES = ["runnable", "parking", "parked", "runnable"]
WAITS = ["", "fd", "poll", "futex", "sleep", "join", "hop", "signal"]
PARKED = 2
CARRIER_TAKEN_RT = 0x100  # this or more: the carrier has no hub

# Offsets from the saved stack pointer.
SAVED = {"r15": 8, "r14": 16, "r13": 24, "r12": 32, "rbx": 40, "rbp": 48,
         "rip": 56}
FRAME_SIZE = 64


class GreenError(gdb.GdbError):
    """An error that the user sees without a traceback."""


def variable(name):
    """A variable of the runtime, static or not."""
    for lookup in (gdb.lookup_global_symbol, gdb.lookup_static_symbol):
        symbol = lookup(name)
        if symbol is not None:
            return symbol.value()
    raise GreenError("cannot find %s: the program is not greened, or "
                     "libgreenshim.so has no debugging information (build it "
                     "with -g)" % name)


def plain(value):
    """An _Atomic value as the type under _Atomic."""
    return value.cast(value.type.strip_typedefs().unqualified())


def number(value):
    return int(plain(value))


def fibers():
    """All live fibers, the main one first."""
    found = []
    pointer = plain(variable("all_fibers"))
    while int(pointer) != 0:
        fiber = pointer.dereference()
        if number(fiber["tcb"]) == 0:
            raise GreenError("the fibers' memory is not in this core file: "
                             "gdb's gcore stops at guard pages (let the "
                             "kernel write it: kill -ABRT)")
        if number(fiber["alive"]) and not number(fiber["ended"]):
            found.append(fiber)
        pointer = fiber["all_next"]
    if not found:
        raise GreenError("no green threads: none was spawned yet")
    found.reverse()
    return found


def name_of(fiber):
    return fiber["name"].string("utf-8", "replace")


def carrier_of(fiber):
    """The carrier that the fiber is mounted on, or None."""
    carrier = plain(fiber["carrier"])
    if int(carrier) == 0:
        return None
    carrier = carrier.dereference()
    if int(carrier["running"]) == int(fiber.address):
        return carrier
    return None


def is_off_its_stack(fiber):
    return carrier_of(fiber) is None


def fiber_of_ended(word):
    kind = gdb.lookup_type("struct fiber")
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == "ended")
    return gdb.Value(word - offset).cast(kind.pointer()).dereference()


def mutex_owner(address):
    """The owner's tid, if a held pthread_mutex_t seems to be there; or 0."""
    try:
        words = gdb.selected_inferior().read_memory(address, 20)
    except gdb.MemoryError:
        return 0
    word = [int.from_bytes(bytes(words[i:i + 4]), "little")
            for i in range(0, 20, 4)]
    return word[2] if word[0] and word[4] <= 0x1ff else 0


def wait_of(fiber, names):
    kind = WAITS[int(fiber["wait_kind"])]
    target = int(fiber["wait_object"])
    if kind == "fd":
        return "%s descriptor %d" % (
            "writes to" if target >> 32 & 2 else "reads", target & 0xffffffff)
    if kind == "futex":
        owner = mutex_owner(target)
        if owner in names:
            return 'mutex %#x of %d "%s"' % (target, owner, names[owner])
        return "memory at %#x" % target
    if kind == "join":
        other = fiber_of_ended(target)
        return 'joins %d "%s"' % (int(other["tid"]), name_of(other))
    return kind


def state_of(fiber, names):
    carrier = carrier_of(fiber)
    if carrier is not None:
        what = "in a blocking call" if (
            number(carrier["state"]) >= CARRIER_TAKEN_RT and
            WAITS[int(fiber["wait_kind"])] == "hop") else "running"
        return "%s, LWP %d" % (what, int(carrier["tid"]))
    state = number(fiber["state"]) & 0xff
    if state == PARKED:
        return "parked: " + wait_of(fiber, names)
    return STATES[state]


def find(ids):
    """The fiber with that tid or pthread_t."""
    try:
        wanted = int(gdb.parse_and_eval(ids))
    except gdb.error as error:
        raise GreenError(str(error))
    for fiber in fibers():
        if wanted in (int(fiber["tid"]), int(fiber["tcb"])):
            return fiber
    raise GreenError("no green thread %s (see 'green threads')" % ids)


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class SavedContext(Unwinder):
    """Makes a fiber's saved context the caller of the innermost frame."""

    def __init__(self):
        super().__init__("greenshim")
        self.sp = None       # the fiber's stack pointer, while it is shown
        self.innermost = 0   # stack pointer of the frame claimed

    def __call__(self, pending):
        if self.sp is None:
            return None
        sp = pending.read_register("rsp")
        if int(sp) != self.innermost:
            return None
        # The frame's id must lie further in than the fiber's frames.
        unwind = pending.create_unwind_info(
            FrameId(gdb.Value(self.sp - 16), pending.read_register("rip")))
        long = gdb.lookup_type("unsigned long")
        for register, offset in SAVED.items():
            at = gdb.Value(self.sp + offset).cast(long.pointer())
            unwind.add_saved_register(register, at.dereference())
        unwind.add_saved_register(
            "rsp", gdb.Value(self.sp + FRAME_SIZE).cast(long))
        return unwind

    def frames(self, sp):
        """The text of the frames above the saved stack pointer sp."""
        thread = gdb.selected_thread()
        if thread is None:
            raise GreenError("no stacks: there is no process and no core "
                             "file (run a program, or load one)")
        gdb.newest_frame().select()
        self.innermost = int(gdb.parse_and_eval("(unsigned long)$rsp"))
        self.sp = sp
        gdb.invalidate_cached_frames()
        try:
            text = gdb.execute("backtrace", to_string=True)
        finally:
            self.sp = None
            gdb.invalidate_cached_frames()
        # Frame 0 is the selected thread's own; the fiber's begin with 1.
        lines = text.splitlines()
        start = next((i for i, line in enumerate(lines)
                      if line.startswith("#1 ")), len(lines))
        return lines[start:]


UNWINDER = SavedContext()


def backtrace(fiber):
    carrier = carrier_of(fiber)
    if is_off_its_stack(fiber):
        return UNWINDER.frames(int(fiber["sp"]))
    before = gdb.selected_thread()
    for thread in gdb.selected_inferior().threads():
        if thread.ptid[1] == int(carrier["tid"]):
            thread.switch()
            try:
                return gdb.execute("backtrace", to_string=True).splitlines()
            finally:
                before.switch()
    return ["  (gdb does not know its kernel thread, LWP %d)"
            % int(carrier["tid"])]


class Green(gdb.Command):
    """Look at the green threads of a program run by greenrun."""

    def __init__(self):
        super().__init__("green", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)


class GreenThreads(gdb.Command):
    """List the green threads: tid, pthread_t, name, state and wait."""

    def __init__(self):
        super().__init__("green threads", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        found = fibers()
        names = {int(f["tid"]): name_of(f) for f in found}
        for fiber in found:
            print('%-9d %#x %-16s %s' % (
                int(fiber["tid"]), int(fiber["tcb"]),
                '"%s"' % name_of(fiber), state_of(fiber, names)))


class GreenBacktrace(gdb.Command):
    """green bt ID|all: the stack of one green thread, or of all.

ID is a tid, as 'green threads' and gettid() say, or a pthread_t."""

    def __init__(self):
        super().__init__("green bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            raise GreenError("green bt: ID is missing (expected a tid, a "
                             "pthread_t or all)")
        found = fibers()
        names = {int(f["tid"]): name_of(f) for f in found}
        if argument != "all":
            found = [find(argument)]
        for fiber in found:
            print('Green thread %d "%s" (%s):' % (
                int(fiber["tid"]), name_of(fiber), state_of(fiber, names)))
            for line in backtrace(fiber):
                print(line)
            print()


gdb.unwinder.register_unwinder(None, UNWINDER, replace=True)
Green()
GreenThreads()
GreenBacktrace()
