/*
 * pthread_cancel.c - cancellation.
 *
 * A request is a bit in the target's cancellation word.  The target acts on the
 * request at a cancellation point (CANCEL_POINT), whose wait the request
 * interrupts; or, with PTHREAD_CANCEL_ASYNCHRONOUS, at once in a signal
 * handler.  To act is to unwind by pthread_exit(), so that cleanup handlers and
 * destructors run.
 */
#include <pthread.h>
#include <string.h>

#include "door/startup.h"
#include "interpose.h"

static bool due(uint32_t word)
{
	return cancel_word_is_due(word, arch_tls_base());
}

static void act(_Atomic uint32_t *word)
{
	atomic_fetch_or(
		word, CANCEL_DISABLED); /* act once, not in cleanup handlers */
	pthread_exit(PTHREAD_CANCELED);
}

void cancel_test(void)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);

	if (LIKELY(word) &&
	    UNLIKELY(due(atomic_load_explicit(word, memory_order_relaxed))))
		act(word);
}

/* ---- threads that libc makes for itself ---- */

#define NO_ALIEN (-1)

int cancel_alien_begin(void)
{
	int before;

	if (rt_fiber())
		cancel_test();
	if (LIKELY(!rt_is_alien()) ||
	    LIBC(pthread_setcanceltype,
		 "GLIBC_2.2.5")(PTHREAD_CANCEL_ASYNCHRONOUS, &before))
		return NO_ALIEN;
	return before;
}

void cancel_alien_end(int before)
{
	if (UNLIKELY(before != NO_ALIEN))
		LIBC(pthread_setcanceltype, "GLIBC_2.2.5")(before, NULL);
}

/* ---- the exit of a thread that unwinds ---- */

static void exit_main_fiber(void)
{
	fiber_exit(fiber_result(green_self));
}

/*
 * libc has the main thread unwind to the caller of main(), which then ends the
 * kernel thread.  But only the main fiber has to exit, so make the unwinding
 * jump to exit_main_fiber().  The jump buffer is the oldest cleanup of libc's
 * list: a cleanup that we register links to the one before.
 */
static void redirect_main(void)
{
	__pthread_unwind_buf_t own, *last = &own;

	memset(&own, 0, sizeof(own));
	__pthread_register_cancel(&own);
	/* The program may have registered cleanups after main()'s caller
	 * did. */
	__pthread_unregister_cancel(&own);
	while (last->__pad[0])
		last = last->__pad[0];
	if (last != &own)
		arch_jmpbuf_retarget(last, exit_main_fiber);
}

void exit_prepare(struct fiber *f)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);

	if (word)
		atomic_fetch_or(word, CANCEL_DISABLED);
	if (f && fiber_is_main(f))
		redirect_main();
}

/* signal_cancel_hook: runs on the fiber, for a request that is due. */
static void act_at_once(void)
{
	act(fiber_cancel_word(NULL));
}

INTERPOSE(int, pthread_cancel, (pthread_t id))
{
	struct fiber *f;
	_Atomic uint32_t *word;
	uint32_t was;

	yield_to_spawned();
	if (UNLIKELY(!rt_started))
		shim_start();
	f = fiber_of(id);
	/* The only thread of the process cancels itself.  Start the runtime, so
	 * that the calls of the thread are cancellation points from now on. */
	if (!f && !rt_started && pthread_equal(id, pthread_self()) &&
	    green_start() == 0)
		f = fiber_of(id);
	if (!f && (rt_started || !pthread_equal(id, pthread_self()))) {
		int r = LIBC(pthread_cancel, "GLIBC_2.34")(id);

		if (rt_started)
			signal_install_kick();
		return r;
	}
	word = fiber_cancel_word(f);
	signal_cancel_hook = act_at_once;
	was = atomic_fetch_or(word, CANCEL_PENDING);
	if ((was & (CANCEL_DISABLED | CANCEL_PENDING)) || !f)
		return 0;
	if (word == fiber_cancel_word(NULL)) {
		if (was & CANCEL_ASYNC)
			cancel_test();
	} else {
		fiber_kick(f);
	}
	return 0;
}

static int cancel_change(uint32_t bit, bool on, int *was_on)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);
	uint32_t was = on ? atomic_fetch_or(word, bit)
			  : atomic_fetch_and(word, ~bit);
	uint32_t now = on ? was | bit : was & ~bit;

	*was_on = (was & bit) != 0;
	if ((now & CANCEL_ASYNC) && due(now))
		act(word);
	return 0;
}

INTERPOSE(int, pthread_setcancelstate, (int state, int *old))
{
	int was;

	if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
		return EINVAL;
	if (!fiber_cancel_word(NULL))
		return LIBC(pthread_setcancelstate, "GLIBC_2.2.5")(state, old);
	cancel_change(CANCEL_DISABLED, state == PTHREAD_CANCEL_DISABLE, &was);
	if (old)
		*old = was ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
	return 0;
}

INTERPOSE(int, pthread_setcanceltype, (int type, int *old))
{
	int was;

	if (type != PTHREAD_CANCEL_DEFERRED &&
	    type != PTHREAD_CANCEL_ASYNCHRONOUS)
		return EINVAL;
	if (!fiber_cancel_word(NULL))
		return LIBC(pthread_setcanceltype, "GLIBC_2.2.5")(type, old);
	cancel_change(CANCEL_ASYNC, type == PTHREAD_CANCEL_ASYNCHRONOUS, &was);
	if (old)
		*old = was ? PTHREAD_CANCEL_ASYNCHRONOUS
			   : PTHREAD_CANCEL_DEFERRED;
	return 0;
}

INTERPOSE(void, pthread_testcancel, (void))
{
	if (fiber_cancel_word(NULL))
		cancel_test();
	else
		LIBC(pthread_testcancel, "GLIBC_2.34")();
}
