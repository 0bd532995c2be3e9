/*
 * assert.h - checked invariants.
 *
 * ASSERT, ASSERT_OP   a condition that only a bug in the runtime can break.
 *                     Builds with ASSERT=1 (make test, make asan) check it;
 *                     other builds do not evaluate its operands.
 * INVARIANT           the same, checked in every build: for checks of
 *                     negligible cost where continuing would corrupt memory.
 *
 * A failure prints the file and line, the condition, the values of both
 * operands and the running fiber, writes a dump of all fibers to stderr, and
 * ends the process by SIGABRT.  A condition that a program or the kernel can
 * break is an error to return, never an assertion.
 */
#ifndef GREEN_ASSERT_H
#define GREEN_ASSERT_H

#include "base/common.h"

/*
 * Report a failed condition and end the process; usable in every context.
 * text  the condition as written
 * a, b  its operands (ASSERT_OP), or NULL
 */
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

/* ASSERT_OP(a, ==, b), for integers and pointers of up to 64 bits. */
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

/* For *_locked functions: lock (a struct spin *) is held. */
#define ASSERT_HELD(lock) ASSERT(spin_is_held(lock))

#endif
