/*
 * Strangers: threads, and processes that share our memory, which the program
 * makes by clone(2).  Natively such a child runs on the TLS of its maker, unless
 * the program gives it another.  Here that would make it the maker's fiber, on
 * two kernel threads at once.  So it gets a TCB of its own, in which green_self
 * is NULL.  A child with a pid of its own also has signals and descriptors of
 * its own, like the child of a vfork(2), and is told so by rt_vforked.
 *
 * Nobody tells us that a stranger has exited.  Its TCB is used again once the
 * kernel does not know its tid any more.
 */
#include <signal.h>

#include "base/map.h"
#include "fiber/tcb.h"
#include "process/stranger.h"

#define FREE  0
#define TAKEN (-1) /* its child is being made */

struct stranger {
	struct stranger *next;
	void *tcb;
	bool is_process;
	_Atomic int tid; /* or FREE, or TAKEN */
};

static struct stranger *_Atomic strangers; /* only grows, at its head */

static bool is_gone(const struct stranger *s, int tid)
{
	if (s->is_process)
		return raw_syscall(SYS_kill, tid, 0) == -ESRCH;
	return raw_syscall(SYS_tgkill, rt.pid, tid, 0) == -ESRCH;
}

/* Take one whose stranger is gone; NULL: there is none. */
static struct stranger *take_used(void)
{
	struct stranger *s;

	for (s = strangers; s; s = s->next) {
		int tid = s->tid;

		if (tid != TAKEN && (tid == FREE || is_gone(s, tid)) &&
		    atomic_compare_exchange_strong(&s->tid, &tid, TAKEN)) {
			tcb_reset(s->tcb);
			return s;
		}
	}
	return NULL;
}

static struct stranger *make_new(void)
{
	size_t size = tcb_area_size();
	struct stranger *s;
	char *map = rt_map(size + sizeof(*s));

	if (!map)
		return NULL;
	s = (struct stranger *)map;
	s->tcb = tcb_make(map + sizeof(*s) + size);
	if (!s->tcb) {
		raw_syscall(SYS_munmap, map, size + sizeof(*s));
		return NULL;
	}
	s->tid = TAKEN;
	s->next = strangers;
	while (!atomic_compare_exchange_weak(&strangers, &s->next, s))
		;
	return s;
}

struct stranger *stranger_prepare(bool is_process)
{
	struct stranger *s = take_used();
	ptrdiff_t flag = (char *)&rt_vforked - (char *)arch_tls_base();

	if (!s)
		s = make_new();
	if (!s)
		return NULL;
	s->is_process = is_process;
	tcb_set(s->tcb, 0, NULL);
	*(int *)((char *)s->tcb + flag) = is_process;
	return s;
}

void *stranger_tls(const struct stranger *s)
{
	return s->tcb;
}

void stranger_made(struct stranger *s, long tid)
{
	atomic_store(&s->tid, tid > 0 ? (int)tid : FREE);
}

void stranger_begins(void)
{
	tcb_set((void *)arch_tls_base(), (int)raw_syscall(SYS_gettid), NULL);
}

void strangers_fork_child(void)
{
	struct stranger *s;

	for (s = strangers; s; s = s->next)
		s->tid = FREE;
}
