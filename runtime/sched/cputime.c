/*
 * CPU time of fibers.
 *
 * The kernel counts the CPU time of kernel threads.  A fiber's CPU time is what
 * its carriers used while the fiber was mounted, so counting takes a system
 * call at both ends of every mount.  Hence nothing is counted until the
 * program asks for the CPU time of any fiber for the first time; what fibers
 * used before is not known and is left out.
 *
 * carrier.cpu_mark is the carrier's own CPU time when its running fiber was
 * mounted, 0 if that was not noted; fiber.cpu_ns is the sum of earlier mounts.
 * Both are written on that carrier only, inside the scheduler.
 */
#include "sched/cputime.h"
#include "sched/park.h"

_Atomic bool cputime_wanted;

uint64_t cputime_of_thread(int tid)
{
	struct timespec ts = { 0, 0 };

	/* The kernel's CPU clock of a thread, as by pthread_getcpuclockid(3):
	 * 6 is CPUCLOCK_SCHED | CPUCLOCK_PERTHREAD_MASK. */
	raw_syscall(SYS_clock_gettime, (clockid_t)(~(unsigned)tid << 3 | 6),
		    &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static uint64_t cputime_of_caller(void)
{
	struct timespec ts = { 0, 0 };

	raw_syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void cputime_mounts(struct carrier *c)
{
	c->cpu_mark = cputime_of_caller();
}

/* The next fiber's mount begins here too: one clock read serves both. */
void cputime_leaves(struct carrier *c, struct fiber *f)
{
	uint64_t now = cputime_of_caller();

	if (c->cpu_mark)
		f->cpu_ns += now - c->cpu_mark;
	c->cpu_mark = now;
}

static uint64_t cputime_own(struct fiber *f)
{
	struct hub *h = sched_enter(f);
	struct carrier *c = f->carrier;
	uint64_t now = cputime_of_caller(), ns;

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
		return cputime_own(f);
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

void cputime_start(struct fiber *f)
{
	f->cpu_ns = cputime_of_caller();
}
