/*
 * What the kernel does at a thread's end for the robust mutexes it holds,
 * done for a fiber: the kernel knows the lists of its own threads only.
 *
 * The list is libc's (struct robust_list_head, set_robust_list(2)), in the
 * fiber's TCB.  Its entries may be shared with other processes, whose threads
 * wait in the kernel, so that is where they are woken.
 */
#include <linux/futex.h>

#include "scheduler.h"

#define ENTRIES_MAX 2048 /* ROBUST_LIST_LIMIT: a list may be a circle */
#define PI_BIT 1ul

static void owner_died(uint32_t *word, int tid)
{
	uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED), new;

	do {
		if ((old & FUTEX_TID_MASK) != (uint32_t)tid)
			return;
		new = (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
	} while (!__atomic_compare_exchange_n(word, &old, new, false,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (old & FUTEX_WAITERS)
		raw_syscall(SYS_futex, word, FUTEX_WAKE, 1);
}

void robust_release(struct fiber *f)
{
	struct robust_list_head *head = tcb_robust_head((void *)f->tcb);
	struct robust_list *e, *next, *pending;
	int n = 0;

	if (!head)
		return;
	pending = head->list_op_pending;
	for (e = head->list.next; e && n++ < ENTRIES_MAX; e = next) {
		e = (struct robust_list *)((uintptr_t)e & ~PI_BIT);
		if (e == &head->list)
			break;
		next = e->next;
		if (e != pending)
			owner_died((uint32_t *)((char *)e + head->futex_offset),
				   f->tid);
	}
	if (pending)
		owner_died((uint32_t *)(((uintptr_t)pending & ~PI_BIT) +
					(uintptr_t)head->futex_offset),
			   f->tid);
}
