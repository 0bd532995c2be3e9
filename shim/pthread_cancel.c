/*
 * pthread_cancel.c - cancellation.
 *
 * A request is a bit in the target's word.  It is acted on at a cancellation
 * point of the target (CANCEL_POINT, whose wait it interrupts), or, where the
 * target asked for that, in a signal handler at once.  To act is to unwind as
 * libc's pthread_exit does, so cleanup handlers and destructors run.
 */
#include <pthread.h>
#include <string.h>

#include "interpose.h"

#define DISABLED 1u
#define ASYNC	 2u
#define PENDING	 4u
#define HELD	 8u /* in a call that is no cancellation point */

static bool due(uint32_t word)
{
	return UNLIKELY((word & (DISABLED | HELD | PENDING)) == PENDING) &&
	       !rt_libc_holds_cancel(arch_tls_base());
}

static void act(_Atomic uint32_t *word)
{
	atomic_fetch_or(word, DISABLED); /* once, and not in its handlers */
	pthread_exit(PTHREAD_CANCELED);
}

void cancel_test(void)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);

	if (LIKELY(word) &&
	    UNLIKELY(due(atomic_load_explicit(word, memory_order_relaxed))))
		act(word);
}

bool cancel_pending_now(void)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);

	return word && due(*word);
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

/* ---- the end of a thread that unwinds ---- */

static void main_left(void)
{
	fiber_exit(fiber_result(green_self));
}

/*
 * libc has the main thread unwind to where main was called, and there ends
 * the kernel thread.  What must end is the main fiber: the place it jumps to
 * becomes ours.  The place is found by registering a cleanup of our own, as
 * that links to the one before.
 */
static void redirect_main(void)
{
	__pthread_unwind_buf_t own, *last = &own;

	memset(&own, 0, sizeof(own));
	__pthread_register_cancel(&own);
	/* Other cleanups of the program may stand before it. */
	__pthread_unregister_cancel(&own);
	while (last->__pad[0])
		last = last->__pad[0];
	if (last != &own)
		arch_jmpbuf_retarget(last, main_left);
}

void exit_prepare(struct fiber *f)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);

	if (word)
		atomic_fetch_or(word, DISABLED);
	if (f && fiber_is_main(f))
		redirect_main();
}

/* In a signal handler on the fiber itself. */
static void act_at_once(void)
{
	cancel_test();
}

INTERPOSE(int, pthread_cancel, (pthread_t id))
{
	struct fiber *f;
	_Atomic uint32_t *word;
	uint32_t was;

	newborns_first();
	f = fiber_of(id);
	/* The one thread there is cancels itself: from now on its calls are
	 * cancellation points. */
	if (!f && !rt_started && pthread_equal(id, pthread_self()) &&
	    green_start() == 0)
		f = fiber_of(id);
	if (!f && (rt_started || !pthread_equal(id, pthread_self()))) {
		int r = LIBC(pthread_cancel, "GLIBC_2.34")(id);

		if (rt_started)
			signal_install_poke();
		return r;
	}
	word = fiber_cancel_word(f);
	signal_cancel_hook = act_at_once;
	was = atomic_fetch_or(word, PENDING);
	if ((was & (DISABLED | PENDING)) || !f)
		return 0;
	if (word == fiber_cancel_word(NULL)) {
		if (was & ASYNC)
			cancel_test();
	} else {
		fiber_poke(f);
	}
	return 0;
}

static int change(uint32_t bit, bool on, int *was_on)
{
	_Atomic uint32_t *word = fiber_cancel_word(NULL);
	uint32_t was = on ? atomic_fetch_or(word, bit)
			  : atomic_fetch_and(word, ~bit);
	uint32_t now = on ? was | bit : was & ~bit;

	*was_on = (was & bit) != 0;
	if ((now & ASYNC) && due(now))
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
	change(DISABLED, state == PTHREAD_CANCEL_DISABLE, &was);
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
	change(ASYNC, type == PTHREAD_CANCEL_ASYNCHRONOUS, &was);
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
