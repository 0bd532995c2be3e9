/*
 * raw_door.c - system calls that the program makes by instructions of its own
 * and that the kernel traps (runtime/process/trap.c).
 *
 * Such a call goes where syscall(2) would lead it, or else to the kernel, from
 * the handler of the trap.  Two calls cannot be made there: one that makes a
 * child in our memory, because the child has to go on at the program's
 * instruction, with the program's registers and stack; and rt_sigreturn, which
 * trap.c makes.
 */
#include <linux/sched.h>

#include "door/startup.h"
#include "number/syscall_dispatch.h"

#define CLONE_ARGS_MAX 256 /* larger than any kernel's struct clone_args */

/* A copy of a call that makes a child, in which the stack can be changed. */
struct call {
	long nr, a[6];
	uint64_t flags;
	union {
		struct clone_args args;
		char room[CLONE_ARGS_MAX];
	} own; /* the arguments of clone3(2) */
};

static bool is_clone(long nr)
{
	switch (nr) {
	case SYS_clone:
	case SYS_clone3:
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork:
#endif
		return true;
	default:
		return false;
	}
}

/* False: the arguments are wrong; leave the call to the kernel. */
static bool read_call(struct call *c, long nr, const long a[6])
{
	c->nr = nr;
	memcpy(c->a, a, sizeof(c->a));
	c->flags = clone_flags(nr, a);
	if (c->flags == UINT64_MAX)
		return false;
	if (nr == SYS_clone3) {
		if ((size_t)a[1] > sizeof(c->own))
			return false;
		memcpy(&c->own, (void *)a[0], (size_t)a[1]);
		c->a[0] = (long)&c->own;
	}
#ifdef SYS_vfork
	if (nr == SYS_vfork || nr == SYS_fork) {
		c->nr = SYS_clone;
		c->a[0] = (long)c->flags | SIGCHLD;
		c->a[1] = c->a[2] = c->a[3] = c->a[4] = 0;
	}
#endif
	return true;
}

/* The stack pointer of the child; 0: that of the parent. */
static uintptr_t child_stack(const struct call *c)
{
	if (c->nr != SYS_clone3)
		return (uintptr_t)c->a[1];
	return c->own.args.stack + c->own.args.stack_size;
}

static void set_child_stack(struct call *c, uintptr_t sp)
{
	if (c->nr != SYS_clone3) {
		c->a[1] = (long)sp;
	} else if (!sp) {
		c->own.args.stack = c->own.args.stack_size = 0;
	} else {
		/* clone3() requires a size, but nothing uses the low end. */
		if (!c->own.args.stack || c->own.args.stack >= sp)
			c->own.args.stack = sp - 16;
		c->own.args.stack_size = sp - c->own.args.stack;
	}
}

/* A child with memory of its own returns from the trap like its parent, but may
 * have another stack. */
static long make_process(struct call *c, void *context)
{
	uintptr_t sp = child_stack(c);
	long r;

	set_child_stack(c, 0);
	fork_prepare();
	r = raw_syscall(c->nr, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4]);
	if (r == 0) {
		rt_fork_child();
		if (sp)
			arch_context_set_sp(context, sp);
	} else {
		fork_parent();
	}
	return r;
}

/* A child in our memory, which gets its registers from just below top.  With
 * CLONE_VFORK the child may call libc until it executes another program or
 * exits, and the calling fiber waits for that. */
static long make_thread(struct call *c, void *context, uintptr_t top,
			uintptr_t sp)
{
	uint64_t mask;
	long r;

	set_child_stack(c, top - ARCH_CHILD_ROOM);
	if (c->flags & CLONE_VFORK) {
		mask = vfork_enter();
		vfork_child(mask); /* now: the child does not return here */
		r = arch_trap_clone(context, c->nr, c->a, top, sp);
		vfork_leave(r > 0, mask);
	} else {
		futex_meet_strangers();
		mask_lend();
		r = arch_trap_clone(context, c->nr, c->a, top, sp);
		mask_return();
	}
	return r;
}

/* The child uses the stack of the trapped fiber, as after vfork(). */
static void share_stack(int sig, void *info, void *context)
{
	uintptr_t sp = arch_context_sp(context);
	struct call c;
	long a[6], nr = arch_trap_call(context, a);

	(void)sig;
	read_call(&c, nr, a);
	trap_return_aside(info, context,
			  make_thread(&c, context, sp - ARCH_RED_ZONE, sp));
}

static long raw_make_child(void *info, void *context, long nr, const long a[6])
{
	struct call c;
	uintptr_t sp;

	if (!read_call(&c, nr, a))
		return raw_syscall(nr, a[0], a[1], a[2], a[3], a[4]);
	if (!(c.flags & CLONE_VM))
		return make_process(&c, context);
	sp = child_stack(&c);
	if (sp)
		return make_thread(&c, context, sp, sp);
	trap_aside(info, context, share_stack);
	return -ENOMEM;
}

static long make_call(void *info, void *context, long nr, const long a[6])
{
	long r;

	if (UNLIKELY(is_clone(nr)))
		return raw_make_child(info, context, nr, a);
	if (!syscall_dispatch(nr, a, &r))
		return raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return r == -1 ? -errno : r;
}

void raw_door_start(void)
{
	trap_hook = make_call;
}
