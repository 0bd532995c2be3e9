/*
 * Joining: a wait in the futex table for another fiber's end.
 *
 * fiber.life stands over `detached`, `joined` and `ended`.  It is taken inside
 * the scheduler: a handler that ran while it is held, and waited, would keep
 * the fiber from ending.
 */
#include "fiber/fiber_pool.h"
#include "sched/scope.h"
#include "sync/futex.h"

static void release(struct fiber *f)
{
	struct sched_scope s;

	if (f->main)
		return;
	scope_enter(&s);
	fiber_free(f, s.hub);
	scope_leave(&s);
}

/* May f still be joined or detached?  libc tells one that was joined, and is
 * gone, from one that is or will be joined by another. */
static int claim_locked(struct fiber *f)
{
	ASSERT_HELD(&f->life);
	if (f->joined && f->ended && !f->joiners)
		return -ESRCH;
	return f->detached || f->joined ? -EINVAL : 0;
}

static int wait_ended(struct fiber *f, uint64_t deadline_ns)
{
	int r = 0;

	while (!atomic_load_explicit(&f->ended, memory_order_acquire)) {
		if (deadline_ns == 0)
			r = -ETIMEDOUT;
		else
			r = futex_wait_ended(&f->ended, deadline_ns);
		if (r == -ETIMEDOUT || r == -EINTR)
			return r;
	}
	return 0;
}

int green_join(struct fiber *f, void **result, uint64_t deadline_ns)
{
	struct sched_scope s;
	bool ended;
	int r;

	if (f == green_self)
		return -EDEADLK;
	scope_lock(&s, &f->life);
	r = claim_locked(f);
	if (r == 0) {
		f->joined = true;
		atomic_fetch_add(&f->joiners, 1);
	}
	scope_unlock(&s, &f->life);
	if (r < 0)
		return r;
	r = wait_ended(f, deadline_ns);
	/* fiber_ended() may still hold the lock. */
	scope_lock(&s, &f->life);
	atomic_fetch_sub(&f->joiners, 1);
	ended = f->ended;
	if (!ended)
		f->joined = false;
	scope_unlock(&s, &f->life);
	if (!ended)
		return r;
	if (result)
		*result = f->result;
	release(f);
	return 0;
}

int green_detach(struct fiber *f)
{
	struct sched_scope s;
	bool ended;
	int r;

	scope_lock(&s, &f->life);
	r = claim_locked(f);
	if (r == 0)
		f->detached = true;
	ended = f->ended;
	scope_unlock(&s, &f->life);
	if (r == 0 && ended)
		release(f);
	return r;
}
