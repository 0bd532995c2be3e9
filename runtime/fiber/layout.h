/*
 * layout.h - struct fiber; for the runtime alone.
 *
 * A fiber's memory is mapped once and recycled.  The struct is in two parts:
 * what is about the memory stays for ever, what is about one life is cleared
 * when the next one begins (fiber_begin_life()).  The fields that every switch
 * touches stand in the first cache line.
 *
 * A field belongs to the fiber itself, inside the scheduler, unless its
 * sentence says otherwise; atomic fields are read by anybody.
 */
#ifndef GREEN_FIBER_LAYOUT_H
#define GREEN_FIBER_LAYOUT_H

#include "base/assert.h"
#include "base/spin.h"
#include "fiber/cancel.h"
#include "fiber/fiber.h"
#include "sched/timer.h"

/* Where a fiber stands with respect to waking; see park.c. */
enum fiber_state {
	FIBER_RUNNING, /* runs, or is in a run queue */
	FIBER_PARKING, /* wakers know of it, but it is still on its stack */
	FIBER_PARKED,  /* off its stack */
	FIBER_WOKEN,   /* claimed by a waker; the reason in the next byte */
};
#define FIBER_STATE_MASK 0xff

/* What the context switched to must do with the fiber switched from. */
enum after {
	AFTER_NONE,
	AFTER_PARK,
	AFTER_YIELD,
	AFTER_HOME,
	AFTER_HOP,
	AFTER_EXIT
};

/*
 * What a parked fiber waits for, for people; and its wait_object:
 * FD the number, with WAIT_READ or WAIT_WRITE << 32; POLL a struct poll_set;
 * FUTEX the word; JOIN the other's `ended`.
 */
enum wait_kind {
	WAIT_NONE,
	WAIT_FD,
	WAIT_POLL,
	WAIT_FUTEX,
	WAIT_SLEEP,
	WAIT_JOIN,
	WAIT_HOP,
	WAIT_SIGNAL,
	WAIT_KINDS
};

/* Signals on their way, oldest first; signal/pending.c. */
struct signal_queue {
	struct signal_node *head, *tail;
	_Atomic uint64_t bits; /* bit signo - 1: at least one is queued */
};

/* Handlers that ran while a fiber was parked; see wait_interrupted(). */
enum ran { RAN = 1, RAN_NO_RESTART = 2 };

#define FIBER_MAGIC 0x6e656572u /* "reen" */

struct fiber {
	/* For ever.  A late look at a fiber that has ended may follow these:
	 * carriers and hubs never vanish. */
	uintptr_t tcb; /* fiber_head; TLS base; its pthread_t */
	struct carrier *_Atomic carrier; /* fiber_head; mounted there last */
	struct hub *hub;		 /* fiber_head; last hub it ran under */

	/* ---- of one life, cleared by fiber_begin_life() ---- */
	int budget;		    /* fiber_head: operations until a yield */
	_Atomic uint32_t state;	    /* enum fiber_state | wake << 8 */
	uint8_t after;		    /* enum after */
	uint8_t wait_kind;	    /* enum wait_kind */
	_Atomic uint8_t cpu_weight; /* see CPU_BOUND */
	bool cpu_bound;	    /* given a carrier as it likely computes now */
	uint64_t alone_ns;  /* when it was last given a carrier */
	void *sp;	    /* of the saved context */
	struct fiber *next; /* in a run queue or a free list */

	struct timer timer;
	_Atomic uint32_t interrupts; /* wish to leave a wait; fiber_interrupt */
	uint8_t signals_ran;	     /* enum ran, since its last park began */
	bool under_mask;	     /* since signal_mask_swap(), rather */
	bool spawning;		     /* between spawn_enter and _leave */
	bool detached, joined;	     /* under `life` */
	uint64_t parked_ns;	     /* since when, by the hub's coarse_ns */
	const void *wait_object;     /* what for; see enum wait_kind */

	void *(*start)(void *);
	void *arg;
	void *result;
	_Atomic uint32_t ended;	  /* futex word: 1 after its last switch */
	_Atomic uint32_t joiners; /* threads that wait on ended */
	int tid;
	_Atomic uint32_t cancel;      /* enum cancel_bits */
	struct signal_queue sigqueue; /* pending for it alone */
	_Atomic uint64_t sigwait;     /* what it waits for in sigwait */
	stack_t altstack;	      /* its sigaltstack */
	struct hub *spawn_hub;	      /* what sched_enter() returned there */
	_Atomic uint64_t cpu_ns;      /* used in mounts that have ended */
	unsigned robust_held;	      /* robust mutexes it owns; robust.c */
	unsigned pins;		      /* pin_enter() less pin_leave() */
	uint64_t spawned_ns;	      /* since when the budget is below zero */
	struct robust_list_head *list_before; /* the carrier's own, then */
	struct carrier *_Atomic pinned;	      /* runs there only: pin.c */
	struct fdent *volatile accepting;     /* inside accept on it */
	_Atomic bool rescheduled;	      /* another changed its policy */
	char name[16];
	char life_end[0];

	/* ---- for ever ---- */
	uint32_t magic;	    /* FIBER_MAGIC */
	uint8_t class;	    /* of its size; fiber_pool.c */
	bool main;	    /* the program's first thread */
	bool own_stack;	    /* the program gives the stack */
	_Atomic bool alive; /* handed out, not yet recycled */
	unsigned uses;	    /* times recycled */
	struct spin life;   /* over detached, joined, ended */
	/* Its own, virtual; written by it.  Every bit is set between lives,
	 * as in no mask of a living fiber: nobody sends to it then. */
	_Atomic uint64_t sigmask;
	void *map; /* whole mapping */
	size_t map_size;
	void *area_top;	 /* one past the TLS area and TCB */
	void *stack_low; /* lowest usable byte; set with each life */
	size_t stack_size, guard_size;
	size_t stack_asked;	/* what the program is told */
	struct fiber *all_next; /* every mapped fiber: registry.c */
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

/* All is as in a fiber that never ran, but for its memory. */
static inline void fiber_begin_life(struct fiber *f)
{
	ASSERT_OP(f->magic, ==, FIBER_MAGIC);
	ASSERT(!f->alive);
	memset(&f->budget, 0,
	       offsetof(struct fiber, life_end) -
		       offsetof(struct fiber, budget));
	f->altstack.ss_flags = SS_DISABLE;
}

/* Is f what others mean by the process: its first thread, or the one that a
 * fork left? */
static inline bool fiber_leads(const struct fiber *f)
{
	return f->main || f->tid == rt.pid;
}

/* A cancellation request that f may act on where it next looks. */
static inline bool cancel_is_due(const struct fiber *f)
{
	return cancel_word_is_due(f->cancel, f->tcb);
}

/* On another context, when f will never run again. */
void fiber_ended(struct fiber *f);
void fiber_main(void *arg);

#endif
