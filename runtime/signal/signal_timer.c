/*
 * Timers that send signals.  The timers are the kernel's.  By the kernel's
 * timer ids the runtime keeps which thread a signal is for, and how many
 * expirations it stood for.
 */
#include "fiber/registry.h"
#include "signal/sigstate.h"

#define TIMER_TARGETS 256

static struct timer_target {
	_Atomic int timer; /* id + 1; 0: free, -1: being filled in */
	int tid;
} targets[TIMER_TARGETS];
static _Atomic int targeted;
_Atomic int signal_timers;

/* The kernel does not know a fiber's tid: it sends the signal to the process,
 * with the timer's id. */
int signal_timer_direct(int timer, int tid)
{
	int i, none;

	for (i = 0; i < TIMER_TARGETS; i++) {
		none = 0;
		if (!atomic_compare_exchange_strong(&targets[i].timer, &none,
						    -1))
			continue;
		targets[i].tid = tid;
		atomic_store(&targets[i].timer, timer + 1);
		atomic_fetch_add(&targeted, 1);
		return 0;
	}
	return -EAGAIN;
}

static struct timer_target *target_of(int timer)
{
	int i;

	if (LIKELY(!atomic_load(&targeted)))
		return NULL;
	for (i = 0; i < TIMER_TARGETS; i++)
		if (targets[i].timer == timer + 1)
			return &targets[i];
	return NULL;
}

struct fiber *signal_timer_fiber(const siginfo_t *info)
{
	struct timer_target *t;

	if (info->si_code != SI_TIMER)
		return NULL;
	t = target_of(info->si_timerid);
	return t ? fiber_by_tid(t->tid) : NULL;
}

/*
 * The overrun count of the signal that a timer's owner took last.  The kernel
 * knows that count only for signals pending in the kernel, not for those in our
 * queues.  An entry is found by the timer's id; of two timers that share an
 * entry, one has its count asked of the kernel.
 */
static _Atomic uint64_t overruns[TIMER_TARGETS]; /* id + 1, count */

#define DELETED (-1) /* in place of a count */

static uint64_t overrun_entry(int timer, int count)
{
	return ((uint64_t)timer + 1) << 32 | (uint32_t)count;
}

void signal_timer_taken(const siginfo_t *info)
{
	unsigned timer = (unsigned)info->si_timerid;

	if (UNLIKELY(info->si_code == SI_TIMER))
		atomic_store(&overruns[timer % TIMER_TARGETS],
			     overrun_entry((int)timer, info->si_overrun));
}

int signal_timer_overrun(int timer)
{
	uint64_t entry = overruns[(unsigned)timer % TIMER_TARGETS];

	return entry >> 32 == (uint64_t)timer + 1 ? (int)(uint32_t)entry : -1;
}

bool signal_timer_is_gone(const siginfo_t *info)
{
	unsigned timer = (unsigned)info->si_timerid;

	return info->si_code == SI_TIMER &&
	       overruns[timer % TIMER_TARGETS] ==
		       overrun_entry((int)timer, DELETED);
}

/*
 * Signals of the timer's last setting are discarded, as in the kernel's queues.
 */
static void drop_pending(int timer)
{
	uint64_t mask;

	if (LIKELY(!process_queue.bits && !sched_deferred))
		return;
	mask = signal_lock();
	queue_drop_timer_locked(timer);
	signal_unlock(mask);
}

void signal_timer_set(int timer)
{
	uint64_t entry = overruns[(unsigned)timer % TIMER_TARGETS];

	if (entry >> 32 == (uint64_t)timer + 1)
		overruns[(unsigned)timer % TIMER_TARGETS] = 0;
	drop_pending(timer);
}

int signal_timer_make(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	if (signal_queue_refuses(SIGNALS, &info))
		return -EAGAIN;
	atomic_fetch_add(&signal_timers, 1);
	return 0;
}

void signal_timer_unmade(void)
{
	atomic_fetch_sub(&signal_timers, 1);
}

void signal_timer_deleted(int timer)
{
	struct timer_target *t = target_of(timer);

	signal_timer_unmade();

	if (t) {
		atomic_fetch_sub(&targeted, 1);
		atomic_store(&t->timer, 0);
	}
	/* A signal may be on its way to the queues. */
	overruns[(unsigned)timer % TIMER_TARGETS] = overrun_entry(timer,
								  DELETED);
	drop_pending(timer);
}

void signal_timers_forget(void)
{
	memset(targets, 0, sizeof(targets));
	memset(overruns, 0, sizeof(overruns));
	targeted = 0;
	signal_timers = 0;
}
