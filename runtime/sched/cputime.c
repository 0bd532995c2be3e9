/*
 * CPU time of fibers.
 *
 * The kernel counts it for its own threads.  A fiber's is what its carriers
 * used while it was mounted, so both ends of every mount would need a system
 * call; hence it is counted only from the first time that somebody asks for
 * any fiber's.  What the fiber had used before is not known, and left out.
 *
 * carrier.cpu_mark is the carrier's own CPU time when the fiber that it runs
 * was mounted, 0 if that was not noted; fiber.cpu_ns what earlier mounts used.
 * Both are written on that carrier only, by the fiber inside the scheduler.
 */
#include "sched/cputime.h"
#include "sched/park.h"

_Atomic bool cputime_wanted;

uint64_t cputime_of_thread(int tid)
{
	struct timespec ts = { 0, 0 };

	/* clock_getcpuclockid(3); 6: one thread, in the scheduler's measure. */
	raw_syscall(SYS_clock_gettime, (clockid_t)(~(unsigned)tid << 3 | 6),
		    &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static uint64_t here(void)
{
	struct timespec ts = { 0, 0 };

	raw_syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void cputime_mounts(struct carrier *c)
{
	c->cpu_mark = here();
}

/* Whoever is mounted next begins at the same moment. */
void cputime_leaves(struct carrier *c, struct fiber *f)
{
	uint64_t now = here();

	if (c->cpu_mark)
		f->cpu_ns += now - c->cpu_mark;
	c->cpu_mark = now;
}

static uint64_t own(struct fiber *f)
{
	struct hub *h = sched_enter(f);
	struct carrier *c = f->carrier;
	uint64_t now = here(), ns;

	if (!c->cpu_mark)
		c->cpu_mark = now;
	ns = f->cpu_ns + now - c->cpu_mark;
	sched_leave(f, h);
	return ns;
}

uint64_t fiber_cputime(struct fiber *f)
{
	uint64_t before, ns;

	cputime_wanted = true;
	if (f == rt_fiber())
		return own(f);
	do {
		struct carrier *c = f->carrier;
		uint64_t mark;

		before = ns = f->cpu_ns;
		mark = c ? c->cpu_mark : 0;
		if (mark && c->running == f)
			ns += cputime_of_thread(c->tid) - mark;
	} while (f->cpu_ns != before);
	return ns;
}

/* The main thread had its kernel thread for itself so far. */
void cputime_start(struct fiber *f)
{
	f->cpu_ns = here();
}
