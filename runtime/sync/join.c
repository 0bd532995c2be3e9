/*
 * Joining: a wait in the futex table until another fiber has exited.
 *
 * The lock fiber.life guards `detached`, `joined` and `ended`.  It is taken
 * inside the scheduler only: if a signal handler could run while the lock is
 * held, and waited, the other fiber could not finish its exit.
 */
#include "fiber/fiber_pool.h"
#include "sched/scope.h"
#include "sync/futex.h"

/* Recycle f, which has exited; the main fiber's memory is static. */
static void join_release(struct fiber *f)
{
	struct sched_scope s;

	if (f->main)
		return;
	scope_enter(&s);
	fiber_free(f, s.hub);
	scope_leave(&s);
}

/* May f be joined or detached?  Like libc, distinguish a thread that was joined
 * and no longer exists (-ESRCH) from one that another thread joins
 * (-EINVAL). */
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
	/* fiber_ended() may still hold the lock: do not recycle f before. */
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
	join_release(f);
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
		join_release(f);
	return r;
}
