/*
 * clone.c - clone(2) by libc's function, which starts the child in a function
 * on a stack of its own.
 *
 * A child with memory of its own is one that fork() might have made.  In a child
 * that shares our memory while the maker waits (CLONE_VFORK) rt_vforked is set,
 * as after vfork().  Any other child in our memory is a stranger
 * (runtime/process/stranger.c).
 */
#include <sched.h>
#include <stdarg.h>

#include "interpose.h"
#include "ptrace.h"

extern void __ctype_init(void);

struct child {
	int (*fn)(void *);
	void *stack;
	int flags;
	void *arg;
	pid_t *parent_tid;
	void *tls;
	pid_t *child_tid;
};

static int make(const struct child *c, int (*fn)(void *), void *arg)
{
	return LIBC(clone, "GLIBC_2.2.5")(fn, c->stack, c->flags, arg,
					  c->parent_tid, c->tls, c->child_tid);
}

static int begin_copy(void *arg)
{
	struct child *c = arg;
	int status;

	rt_fork_child();
	status = c->fn(c->arg);
	/* libc ends the kernel thread now, which may be a carrier again. */
	if (rt_fiber())
		fiber_quit(status);
	return status;
}

static int make_copy(struct child *c)
{
	int pid;

	/* With CLONE_VFORK the monitor hands the hub on: in a hop the child
	 * would be copied while its fiber has no hub. */
	fork_prepare();
	pid = make(c, begin_copy, c);
	fork_parent();
	return pid;
}

/* The child does not return here, so it gets its mask before it exists. */
static int make_vforked(struct child *c)
{
	uint64_t mask = vfork_enter();
	int pid;

	vfork_child(mask);
	pid = make(c, c->fn, c->arg);
	vfork_leave(pid > 0, mask);
	return pid;
}

/* Where the child finds what it is to run: its own stack, below what libc
 * stores there. */
struct begin {
	int (*fn)(void *);
	void *arg;
};

static int begin_stranger(void *arg)
{
	struct begin b = *(struct begin *)arg;

	stranger_begins();
	__ctype_init();
	return b.fn(b.arg);
}

static int make_stranger(struct child *c)
{
	bool is_process = !(c->flags & CLONE_THREAD);
	bool on_fiber = rt_fiber() != NULL;
	struct stranger *s = NULL;
	struct begin *b;
	int tid;

	if (!(c->flags & CLONE_SETTLS)) {
		s = stranger_prepare(is_process);
		if (!s) {
			errno = ENOMEM;
			return -1;
		}
		c->flags |= CLONE_SETTLS;
		c->tls = stranger_tls(s);
	}
	futex_meet_strangers();
	if (is_process)
		spawn_enter();
	else if (on_fiber)
		mask_lend();
	if (s) {
		c->stack = (void *)((uintptr_t)c->stack & ~15ul);
		c->stack = b = (struct begin *)c->stack - 1;
		*b = (struct begin){ c->fn, c->arg };
		tid = make(c, begin_stranger, b);
		stranger_made(s, tid);
	} else {
		tid = make(c, c->fn, c->arg);
	}
	if (is_process)
		spawn_leave();
	else if (on_fiber)
		mask_return();
	return tid;
}

INTERPOSE(int, clone,
	  (int (*fn)(void *), void *stack, int flags, void *arg, ...))
{
	struct child c = { fn, stack, flags, arg, NULL, NULL, NULL };
	va_list ap;

	va_start(ap, arg);
	c.parent_tid = va_arg(ap, pid_t *);
	c.tls = va_arg(ap, void *);
	c.child_tid = va_arg(ap, pid_t *);
	va_end(ap);
	if (!fn || !stack)
		return make(&c, fn, arg); /* EINVAL */
	if (!(flags & CLONE_THREAD))
		ptrace_before_fork();
	if (!(flags & CLONE_VM))
		return make_copy(&c);
	if (flags & CLONE_VFORK)
		return make_vforked(&c);
	/* The stranger may still be there when the first thread is made. */
	if (!rt_started && green_start() < 0)
		return make(&c, fn, arg);
	return make_stranger(&c);
}
INTERPOSE_ALIAS(__clone, clone)
