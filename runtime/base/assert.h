/*
 * assert.h - invariants that are checked.
 *
 * ASSERT, ASSERT_OP   true at all times, or the runtime is wrong.  Checked in
 *                     builds with ASSERT=1 (make test, make asan), compiled
 *                     out of others: their operands are not evaluated there.
 * INVARIANT           the same, where the check costs nothing that is felt
 *                     and going on would corrupt memory: in every build.
 *
 * A failure prints the place, the condition, the two values and the running
 * fiber, has a dump of all fibers written to stderr, and ends the process by
 * SIGABRT.  What a program or the kernel can cause is an error, never an
 * assertion.
 */
#ifndef GREEN_ASSERT_H
#define GREEN_ASSERT_H

#include "base/common.h"

/* text: the condition; a, b: its operands, for ASSERT_OP alone. */
void assert_failed(const char *file, int line, const char *text,
		   const uintptr_t *a, const uintptr_t *b)
	__attribute__((noreturn, cold));

#define INVARIANT(condition)                                                   \
	do {                                                                   \
		if (UNLIKELY(!(condition)))                                    \
			assert_failed(__FILE__, __LINE__, #condition, NULL,    \
				      NULL);                                   \
	} while (0)

#ifdef GREEN_ASSERT

#define ASSERT(condition) INVARIANT(condition)

/* ASSERT_OP(a, ==, b): integers or pointers of up to 64 bits. */
#define ASSERT_OP(a, op, b)                                                    \
	do {                                                                   \
		uintptr_t a_ = (uintptr_t)(a), b_ = (uintptr_t)(b);            \
                                                                               \
		if (UNLIKELY(!(a_ op b_)))                                     \
			assert_failed(__FILE__, __LINE__, #a " " #op " " #b,   \
				      &a_, &b_);                               \
	} while (0)

#else

#define ASSERT(condition)   ((void)sizeof(!(condition)))
#define ASSERT_OP(a, op, b) ((void)sizeof((a)op(b)))

#endif

/* The lock of a *_locked function is held. */
#define ASSERT_HELD(lock) ASSERT(spin_is_held(lock))

#endif
