/*
 * unit.h - what the unit tests share.
 *
 * Criterion gives each test a process of its own; a test that needs fibers
 * starts the runtime in it.  Assertions stand in the main fiber only: they
 * leave a test by a longjmp, which must not cross stacks.  The shim is not
 * linked, so libc's calls and pthread_create() here are libc's own.
 */
#ifndef UNIT_H
#define UNIT_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "runtime.h"
#include "sched/park.h"
#include "sched/runq.h"

#define MS	    1000000ull
#define SUITE(name) TestSuite(name, .timeout = 60)

static inline void start(void)
{
	config_read();
	cr_assert_eq(green_start(), 0);
}

static inline struct fiber *spawn(void *(*fn)(void *), void *arg)
{
	struct fiber *f = NULL;

	cr_assert_eq(green_spawn(&f, NULL, fn, arg), 0);
	return f;
}

static inline void *join(struct fiber *f)
{
	void *result = NULL;

	cr_assert_eq(green_join(f, &result, GREEN_FOREVER), 0);
	return result;
}

static inline uint64_t in_ms(uint64_t ms)
{
	return green_now() + ms * MS;
}

static inline void nap(uint64_t ms)
{
	green_sleep_until(in_ms(ms));
}

/* Waits until the condition is true; false if it is still not after a while. */
#define COMES_TRUE(condition)                                                  \
	({                                                                     \
		uint64_t end_ = in_ms(10000);                                  \
		while (!(condition) && green_now() < end_)                     \
			nap(1);                                                \
		(condition);                                                   \
	})

static inline bool is_parked(struct fiber *f)
{
	return (f->state & 0xff) == FIBER_PARKED;
}

static inline pthread_t alien(void *(*fn)(void *), void *arg)
{
	pthread_t id;

	cr_assert_eq(pthread_create(&id, NULL, fn, arg), 0);
	return id;
}

#endif
