/*
 * syscall_futex.c - futex(2) for programs that bring their own locks.
 *
 * A wait is made in the runtime's table or in the kernel, and a waker looks in
 * the table first and then, for what is left over, in the kernel:
 *
 *  - A FUTEX_PRIVATE wait is in the table.  Only threads of this process can
 *    wake it, and their calls come here.
 *  - A wait without that flag is in the table unless its word lies in memory
 *    that was mapped to be shared (mmap.c): libstdc++'s atomics and guards of
 *    local statics wait like this.  Another process can only wake waiters in
 *    the kernel, so a wait on shared memory hops and is made in the kernel.
 *  - Threads that make system calls with their own instructions wait in the
 *    kernel.  Once the raw door sees the program make such a thread, all
 *    threads wait in the kernel.
 */
#include <linux/futex.h>

#include "mmap.h"
#include "number/syscall_dispatch.h"
#include "number/syscall_futex.h"

struct futex_call {
	uint32_t *word;
	int op; /* as given, with its flags */
	int command;
	uint32_t value;
	const struct timespec *timeout;
	long value2; /* in timeout's place */
	uint32_t *word2;
	uint32_t value3;
};

static long in_kernel(const struct futex_call *c)
{
	long r;

	hop_enter();
	r = raw_syscall(SYS_futex, c->word, c->op, c->value, c->value2,
			c->word2, c->value3);
	hop_leave();
	return r;
}

static bool is_private(const struct futex_call *c)
{
	return (c->op & FUTEX_PRIVATE_FLAG) || !mmap_maybe_shared(c->word);
}

/* The kernel reads a bad address without harm.  The value is one that the word
 * most likely does not have, so the call returns at once. */
static bool word_readable(const struct futex_call *c)
{
	struct timespec zero = { 0, 0 };

	return raw_syscall(SYS_futex, c->word, FUTEX_WAIT_PRIVATE, ~c->value,
			   &zero) != -EFAULT;
}

/* FUTEX_WAIT has a relative timeout, FUTEX_WAIT_BITSET an absolute one. */
static long futex_wait(const struct futex_call *c, uint32_t bitset)
{
	uint64_t deadline_ns;
	long r;

	if ((uintptr_t)c->word % sizeof(*c->word) || !bitset ||
	    (c->timeout && !timespec_valid(c->timeout)))
		return -EINVAL;
	if (!word_readable(c))
		return -EFAULT;
	if (!is_private(c))
		return in_kernel(c);
	if (c->command == FUTEX_WAIT)
		deadline_ns = deadline_in(c->timeout);
	else
		deadline_ns = deadline_at(c->op & FUTEX_CLOCK_REALTIME
						  ? CLOCK_REALTIME
						  : CLOCK_MONOTONIC,
					  c->timeout);
	r = futex_wait_known(c->word, c->value, deadline_ns, bitset);
	return r == -ENOTSUP ? in_kernel(c) : r;
}

/* Wake waiters in the table first, then in the kernel. */
static long futex_wake(uint32_t *word, int private_flag, int count,
		       uint32_t bitset)
{
	long woken, r;

	if (!bitset)
		return -EINVAL;
	woken = green_futex_wake(word, count, bitset);
	if (woken >= count)
		return woken;
	r = raw_syscall(SYS_futex, word, FUTEX_WAKE_BITSET | private_flag,
			count - woken, NULL, NULL, bitset);
	if (r < 0)
		return woken ? woken : r;
	return woken + r;
}

/* Returns the sum of woken and moved waiters, as the kernel does for both
 * commands. */
static long futex_requeue(const struct futex_call *c)
{
	const uint32_t *expected = c->command == FUTEX_CMP_REQUEUE ? &c->value3
								   : NULL;
	int wake = (int)c->value, move = (int)c->value2;
	long done, r;

	if (wake < 0 || move < 0)
		return -EINVAL;
	done = green_futex_requeue(c->word, wake, c->word2, move, expected);
	if (done < 0)
		return done;
	if (done <= wake) {
		wake -= (int)done;
	} else {
		move -= (int)done - wake;
		wake = 0;
	}
	if (!wake && !move)
		return done;
	r = raw_syscall(SYS_futex, c->word, c->op, wake, move, c->word2,
			c->value3);
	if (r < 0)
		return done ? done : r;
	return done + r;
}

/* Do FUTEX_WAKE_OP's operation on the second word; returns its old value. */
static int wake_op_do(uint32_t *word, int op, uint32_t arg)
{
	uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST), new;

	do {
		switch (op) {
		case FUTEX_OP_SET:
			new = arg;
			break;
		case FUTEX_OP_ADD:
			new = old + arg;
			break;
		case FUTEX_OP_OR:
			new = old | arg;
			break;
		case FUTEX_OP_ANDN:
			new = old & ~arg;
			break;
		default:
			new = old ^ arg;
		}
	} while (!__atomic_compare_exchange_n(
		word, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return (int)old;
}

static bool wake_op_holds(int value, int comparison, int arg)
{
	switch (comparison) {
	case FUTEX_OP_CMP_EQ:
		return value == arg;
	case FUTEX_OP_CMP_NE:
		return value != arg;
	case FUTEX_OP_CMP_LT:
		return value < arg;
	case FUTEX_OP_CMP_LE:
		return value <= arg;
	case FUTEX_OP_CMP_GT:
		return value > arg;
	default:
		return value >= arg;
	}
}

/* The encoding of value3: futex(2), FUTEX_WAKE_OP.  Both arguments are signed
 * 12-bit numbers. */
static long futex_wake_op(const struct futex_call *c)
{
	int op = (int)(c->value3 >> 28 & 7);
	int comparison = (int)(c->value3 >> 24 & 15);
	int arg = (int)(c->value3 << 8) >> 20;
	int compared = (int)(c->value3 << 20) >> 20;
	int flag = c->op & FUTEX_PRIVATE_FLAG, old;
	long woken, r = 0;

	if (op > FUTEX_OP_XOR || comparison > FUTEX_OP_CMP_GE)
		return -ENOSYS;
	if (c->value3 >> 31) /* FUTEX_OP_ARG_SHIFT */
		arg = (int)(1u << (arg & 31));
	old = wake_op_do(c->word2, op, (uint32_t)arg);
	woken = futex_wake(c->word, flag, (int)c->value, ~0u);
	if (woken >= 0 && wake_op_holds(old, comparison, compared))
		r = futex_wake(c->word2, flag, (int)c->value2, ~0u);
	return woken < 0 ? woken : r < 0 ? r : woken + r;
}

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* Timeouts are absolute here. */
static long futex_priority(const struct futex_call *c)
{
	bool real = c->command == FUTEX_LOCK_PI ||
		    (c->op & FUTEX_CLOCK_REALTIME);
	const struct timespec *until = NULL;
	long r;

	if (c->command != FUTEX_UNLOCK_PI && c->command != FUTEX_TRYLOCK_PI)
		until = c->timeout;
	if ((uintptr_t)c->word % sizeof(*c->word) ||
	    (until && !timespec_valid(until)))
		return -EINVAL;
	if (!word_readable(c))
		return -EFAULT;
	if (!is_private(c))
		return in_kernel(c);
	if (c->command == FUTEX_UNLOCK_PI)
		return futex_unlock_pi(c->word);
	r = futex_lock_pi(c->word,
			  deadline_at(real ? CLOCK_REALTIME : CLOCK_MONOTONIC,
				      until),
			  c->command == FUTEX_TRYLOCK_PI);
	return r == -ENOTSUP ? in_kernel(c) : r;
}

static long futex_call(const long arg[6])
{
	struct futex_call c = {
		.word = (uint32_t *)arg[0],
		.op = (int)arg[1],
		.command = (int)arg[1] & FUTEX_CMD_MASK,
		.value = (uint32_t)arg[2],
		.timeout = (const struct timespec *)arg[3],
		.value2 = arg[3],
		.word2 = (uint32_t *)arg[4],
		.value3 = (uint32_t)arg[5],
	};

	/* Before the first thread no fiber waits in the table. */
	if (!rt_started)
		return in_kernel(&c);
	switch (c.command) {
	case FUTEX_WAIT:
		return futex_wait(&c, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return futex_wait(&c, c.value3);
	case FUTEX_WAKE:
		return futex_wake(c.word, c.op & FUTEX_PRIVATE_FLAG,
				  (int)c.value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(c.word, c.op & FUTEX_PRIVATE_FLAG,
				  (int)c.value, c.value3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(&c);
	case FUTEX_WAKE_OP:
		return futex_wake_op(&c);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_UNLOCK_PI:
		return futex_priority(&c);
	default:
		return in_kernel(&c);
	}
}

BY_NUMBER(futex)
{
	*r = as_errno(futex_call(a));
	return true;
}
