/*
 * layout.h - struct fiber; private to the runtime.
 *
 * A fiber's memory is mapped once and recycled.  Some fields describe the
 * memory and stay for ever; the fields of one life are cleared when the next
 * life begins (fiber_begin_life()).  The fields that every switch touches stand
 * in the first cache line.
 *
 * A field is written by the fiber itself, inside the scheduler, unless its
 * sentence says otherwise; any thread may read the atomic fields.
 */
#ifndef GREEN_FIBER_LAYOUT_H
#define GREEN_FIBER_LAYOUT_H

#include "base/assert.h"
#include "base/spin.h"
#include "fiber/cancel.h"
#include "fiber/fiber.h"
#include "sched/timer.h"

/* A fiber's state, with respect to waking; see park.c. */
enum fiber_state {
	FIBER_RUNNING, /* runs, or is in a run queue */
	FIBER_PARKING, /* known to wakers, but still on its stack */
	FIBER_PARKED,  /* off its stack */
	FIBER_WOKEN,   /* claimed by a waker; the next byte is enum wake */
};
#define FIBER_STATE_MASK 0xff

/* What the context switched to must do with the fiber switched from. */
enum after {
	AFTER_NONE,
	AFTER_PARK,  /* make it PARKED, or runnable if it was claimed */
	AFTER_YIELD, /* queue it on the carrier's hub */
	AFTER_HOME,  /* queue it on the hub where it ran last */
	AFTER_HOP,   /* run it on a carrier without a hub */
	AFTER_EXIT   /* it has exited: fiber_ended() */
};

/* What a fiber waits for, as the dump shows it, and its wait_object. */
enum wait_kind {
	WAIT_NONE,   /* it does not wait */
	WAIT_FD,     /* the fd, with WAIT_READ or WAIT_WRITE << 32 */
	WAIT_POLL,   /* a struct poll_set */
	WAIT_FUTEX,  /* the word */
	WAIT_SLEEP,  /* NULL */
	WAIT_JOIN,   /* the `ended` of the fiber that it joins */
	WAIT_HOP,    /* not parked: in a blocking call, on another carrier */
	WAIT_SIGNAL, /* NULL; in sigwait(3), pause(2) and kin */
	WAIT_KINDS
};

/* Pending signals, oldest first; guarded by the lock of signal/pending.c. */
struct signal_queue {
	struct signal_node *head, *tail;
	_Atomic uint64_t bits; /* bit signo - 1: at least one is queued */
};

/* Handlers that ran while a fiber was parked; see wait_interrupted(). */
enum ran {
	RAN = 1,
	RAN_NO_RESTART = 2 /* at least one of them had no SA_RESTART */
};

#define FIBER_MAGIC 0x6e656572u /* "reen" */

struct fiber {
	/* ---- for ever; the first four fields are struct fiber_head ---- */

	/* A late reader of a fiber that has exited may follow these, as
	 * carriers and hubs stay readable for ever. */
	uintptr_t tcb; /* its TCB: the TLS base and its pthread_t */
	struct carrier *_Atomic carrier; /* where it is or was mounted */
	struct hub *hub;		 /* the hub under which it ran last */

	/* ---- of one life, cleared by fiber_begin_life() ---- */

	int budget; /* operations until it yields; see IO_BUDGET */
	/* enum fiber_state, with enum wake << 8 if FIBER_WOKEN.  Wakers change
	 * it by compare-and-swap: park.c. */
	_Atomic uint32_t state;
	uint8_t after;		    /* enum after, of its last switch */
	uint8_t wait_kind;	    /* enum wait_kind */
	_Atomic uint8_t cpu_weight; /* see CPU_BOUND; also by the monitor */
	/* Its next carrier counts as CPU-bound; by wakers and the monitor. */
	bool cpu_bound;
	uint64_t alone_ns;  /* when it last got a carrier of its own */
	void *sp;	    /* saved stack pointer while it is off its stack */
	struct fiber *next; /* in a run queue or a list of free fibers */

	struct timer timer; /* the deadline of its park() */
	/* Not 0: its present or next wait ends.  By fiber_interrupt(). */
	_Atomic uint32_t interrupts;
	/* enum ran: handlers since its last park began or, under a temporary
	 * mask, since signal_mask_swap(). */
	uint8_t signals_ran;
	bool under_mask;	 /* under signal_mask_swap()'s temporary mask */
	bool spawning;		 /* between spawn_enter() and spawn_leave() */
	bool detached, joined;	 /* guarded by `life` */
	uint64_t parked_ns;	 /* when its wait began; may be coarse_ns */
	const void *wait_object; /* what it waits for; see enum wait_kind */

	void *(*start)(void *); /* what it runs: start(arg) */
	void *arg;
	void *result;		      /* for the thread that joins it */
	_Atomic uint32_t ended;	      /* futex word: 1 after its last switch */
	_Atomic uint32_t joiners;     /* threads that wait on `ended` */
	int tid;		      /* a number of ours, also in its TCB */
	_Atomic uint32_t cancel;      /* enum cancel_bits; by any thread */
	struct signal_queue sigqueue; /* signals pending for it alone */
	_Atomic uint64_t sigwait;     /* the set that sigwait() waits for */
	stack_t altstack;	      /* as it gave it to sigaltstack(2) */
	struct hub *spawn_hub; /* what sched_enter() returned in spawn_enter */
	_Atomic uint64_t cpu_ns; /* CPU time of earlier mounts: cputime.c */
	unsigned robust_held;	 /* robust mutexes that it owns: robust.c */
	unsigned pins;		 /* pin_enter() calls without pin_leave() */
	uint64_t spawned_ns;	 /* when the budget went below zero */
	/* While pins is not 0: the robust list that was registered for the
	 * carrier's kernel thread before. */
	struct robust_list_head *list_before;
	/* The only carrier where it may run, or NULL; see pin.c. */
	struct carrier *_Atomic pinned;
	/* The entry of the socket on which it is inside accept(2), or NULL;
	 * also cleared by a handler that interrupts it. */
	struct fdent *volatile accepting;
	/* What the call that it is in holds, or NULL; also cleared by a
	 * handler that interrupts it. */
	struct io_hold *volatile holds;
	_Atomic bool rescheduled; /* fiber_reschedule() was called */
	char name[16];		  /* as by pthread_setname_np(3) */
	char life_end[0];

	/* ---- for ever ---- */

	uint32_t magic;	    /* FIBER_MAGIC */
	uint8_t class;	    /* size class of the mapping: fiber_pool.c */
	bool main;	    /* the program's first thread */
	bool own_stack;	    /* the program provides the stack */
	_Atomic bool alive; /* spawned, and not yet recycled */
	unsigned uses;	    /* times recycled */
	struct spin life;   /* guards detached, joined and ended */
	/* Its signal mask, virtual: the kernel's mask differs.  Written by the
	 * fiber itself.  Between lives every bit is set, which no living
	 * fiber's mask has, so nobody sends it a signal. */
	_Atomic uint64_t sigmask;
	void *map; /* lowest byte of the whole mapping */
	size_t map_size;
	void *area_top;	 /* one past the TLS area and TCB */
	void *stack_low; /* lowest usable byte; set with each life */
	size_t stack_size, guard_size; /* usable bytes; guard below them */
	size_t stack_asked;	       /* the size that the program is told */
	struct fiber *all_next; /* in the list of all fibers: registry.c */
};

_Static_assert(offsetof(struct fiber, tcb) == offsetof(struct fiber_head, tcb),
	       "fiber_head");
_Static_assert(offsetof(struct fiber, carrier) ==
		       offsetof(struct fiber_head, carrier),
	       "fiber_head");
_Static_assert(offsetof(struct fiber, budget) ==
		       offsetof(struct fiber_head, budget),
	       "fiber_head");
_Static_assert(offsetof(struct fiber, next) + sizeof(void *) <= CACHE_LINE,
	       "what a switch touches stands in one cache line");

/* Reset f, which is not alive, to a fiber that has never run; what describes
 * its memory stays. */
static inline void fiber_begin_life(struct fiber *f)
{
	ASSERT_OP(f->magic, ==, FIBER_MAGIC);
	ASSERT(!f->alive);
	memset(&f->budget, 0,
	       offsetof(struct fiber, life_end) -
		       offsetof(struct fiber, budget));
	f->altstack.ss_flags = SS_DISABLE;
}

/* True if other processes address f by the pid: f is the first thread, or the
 * one that forked this process. */
static inline bool fiber_leads(const struct fiber *f)
{
	return f->main || f->tid == rt.pid;
}

/* True if f has a pending cancellation request on which it must act at the next
 * cancellation point. */
static inline bool cancel_is_due(const struct fiber *f)
{
	return cancel_word_is_due(f->cancel, f->tcb);
}

/* f has left its stack for ever: wake its joiners, or recycle it if it is
 * detached.  Inside the scheduler, on another context of f's carrier. */
void fiber_ended(struct fiber *f);

/* The first function on a new fiber's stack; arg is the fiber.  Does not
 * return. */
void fiber_main(void *arg);

#endif
