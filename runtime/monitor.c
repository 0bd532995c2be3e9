/*
 * The monitor: a thread that sees to it that one fiber never stops others.
 *
 * Every tick it compares each busy hub's count of switches with the last.
 * A hub that has not switched for a whole tick while its carrier runs a
 * fiber's own code is handed to a spare carrier; the old one goes on with
 * its one fiber.  When every hub sleeps, so does the monitor: an idle
 * process makes no wake-ups.
 */
#include <linux/futex.h>

#include "scheduler.h"

#define TICK_NS 10000000l
#define QUIET_TICKS 5

static _Atomic uint32_t wakes;

static bool look_at(struct hub *h, uint64_t now, struct carrier **last,
		    uint32_t *count)
{
	struct carrier *c = h->carrier;
	uint32_t n;
	int user = CARRIER_USER;

	atomic_store_explicit(&h->coarse_ns, now, memory_order_relaxed);
	if (h->idle || !c) {
		*last = NULL;
		return !h->idle;
	}
	n = atomic_load_explicit(&h->nswitch, memory_order_relaxed);
	atomic_store_explicit(&h->poll_now, true, memory_order_relaxed);
	if (c != *last || n != *count) {
		*last = c;
		*count = n;
		return true;
	}
	if (c->state != CARRIER_USER || !carrier_spare_ready())
		return true;
	if (!atomic_compare_exchange_strong(&c->state, &user, CARRIER_TAKEN))
		return true;
	if (h->nswitch != n) {
		/* It switched meanwhile: still right, only not needed. */
	}
	atomic_fetch_add(&rt.handoffs, 1);
	h->carrier = NULL;
	*last = NULL;
	carrier_give_hub(h);
	return true;
}

/* A tick's length, doing what signals ask for meanwhile; the time after it. */
static uint64_t wait_tick(void)
{
	uint64_t now = now_ns(), end = now + TICK_NS;

	do {
		uint32_t w = atomic_load(&wakes);
		struct timespec left = { 0, (long)(end - now) };

		signal_monitor();
		raw_syscall(SYS_futex, &wakes, FUTEX_WAIT_PRIVATE, w, &left);
		now = now_ns();
	} while (now < end);
	return now;
}

static void *monitor_main(void *arg)
{
	static struct carrier *last[HUBS_MAX];
	static uint32_t count[HUBS_MAX];
	int quiet = 0;

	(void)arg;
	raw_syscall(SYS_prctl, 15 /* PR_SET_NAME */, "green-monitor");
	memset(last, 0, sizeof(last));
	for (;;) {
		bool busy = false;
		uint64_t now;
		uint32_t w;
		int i;

		now = wait_tick();
		for (i = 0; i < rt.nhubs; i++)
			busy |= look_at(rt.hubs[i], now, &last[i],
					&count[i]);
		quiet = busy ? 0 : quiet + 1;
		if (quiet < QUIET_TICKS)
			continue;
		/* Asleep first, then look once more; a hub that wakes looks
		 * at monitor_asleep after it is no longer idle. */
		w = atomic_load(&wakes);
		atomic_store(&rt.monitor_asleep, true);
		signal_monitor();
		for (i = 0; i < rt.nhubs; i++)
			busy |= !atomic_load(&rt.hubs[i]->idle);
		if (!busy)
			deadlock_check();
		if (!busy)
			raw_syscall(SYS_futex, &wakes, FUTEX_WAIT_PRIVATE, w,
				    0);
		atomic_store(&rt.monitor_asleep, false);
		quiet = 0;
	}
	return NULL;
}

void monitor_wake(void)
{
	if (!atomic_exchange(&rt.monitor_asleep, false))
		return;
	atomic_fetch_add(&wakes, 1);
	raw_syscall(SYS_futex, &wakes, FUTEX_WAKE_PRIVATE, 1);
}

/* There is work for signal_monitor().  From signal handlers, too. */
void monitor_kick(void)
{
	atomic_fetch_add(&wakes, 1);
	raw_syscall(SYS_futex, &wakes, FUTEX_WAKE_PRIVATE, 1);
}

void monitor_start(void)
{
	if (carrier_thread_make(monitor_main, NULL) < 0)
		rt_say("no monitor thread: a fiber that blocks or computes "
		       "will hold up its hub");
}

void monitor_fork_child(void)
{
	rt.monitor_asleep = false;
	monitor_start();
}
