/*
 * interpose.h - the header that all files of the shim include.
 *
 * The shape of an interposer:
 *
 *	INTERPOSE(ssize_t, read, (int fd, void *buf, size_t n))
 *	{
 *		if (!rt_fiber())
 *			return PASS_CANCEL(SYS_read, fd, buf, n);
 *		return as_errno(CANCEL_POINT(io_read(fd, buf, n)));
 *	}
 *	INTERPOSE_ALIAS(__read, read)
 *
 * The runtime returns -errno.  Only as_errno() and as_error() convert -errno to
 * what callers of libc expect.
 */
#ifndef GREEN_INTERPOSE_H
#define GREEN_INTERPOSE_H

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "runtime.h"

#define EXPORT __attribute__((visibility("default")))

/* Define an exported function that has the name of a libc function. */
#define INTERPOSE(ret, name, args)                                             \
	EXPORT ret name args;                                                  \
	EXPORT ret name args

/* Export a second name for an interposer that the same file defines. */
#define INTERPOSE_ALIAS(alias_name, name)                                      \
	EXPORT extern __typeof__(name) alias_name                              \
		__attribute__((alias(#name), copy(name)));

/* r: a value or -errno.  Returns the value, or -1 with errno set. */
static inline long as_errno(long r)
{
	if (UNLIKELY(r < 0 && r >= -4095)) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

/* r: 0 or -errno.  Returns 0 or a positive error number, as the pthread
 * functions do. */
static inline int as_error(long r)
{
	return (int)-r;
}

/* Make the system call itself, for callers outside any fiber. */
#define PASS(...) as_errno(raw_syscall(__VA_ARGS__))

/* A libc function that the shim calls.  All of these structures are in the
 * section green_libc, which libc_symbols_find_all() walks. */
struct libc_symbol {
	const char *name, *version;
	void *_Atomic at; /* NULL: not looked up yet */
} __attribute__((aligned(32)));

/* Look s up and store its address (libc_symbols.c).  Panics if libc does not
 * have the function. */
void *libc_symbol_find(struct libc_symbol *s);
/* Look up all functions while the process has one thread.  Later dlsym() may
 * wait in the kernel for the dynamic linker's lock, and block the hub on which
 * the owner of that lock has to run.  A function that libc does not have stays
 * NULL. */
void libc_symbols_find_all(void);

static inline void *libc_symbol(struct libc_symbol *s)
{
	void *at = atomic_load_explicit(&s->at, memory_order_relaxed);

	return LIKELY(at != NULL) ? at : libc_symbol_find(s);
}

/* The definition of a function in libc that ours hides, looked up once for each
 * place that uses it. */
#define LIBC_SYMBOL(text, version)                                             \
	({                                                                     \
		static struct libc_symbol symbol_                              \
			__attribute__((section("green_libc"),                  \
				       used)) = { text, version, NULL };       \
		libc_symbol(&symbol_);                                         \
	})
#define LIBC(name, version) ((__typeof__(name) *)LIBC_SYMBOL(#name, version))

/* Deferred cancellation (pthread_cancel.c; POSIX XSH 2.9.5). */
/* Act on a pending request: does not return if there is one that is due. */
void cancel_test(void);
/* Call before the calling thread unwinds.  f: its fiber, or NULL.  Disables
 * cancellation for the rest of the thread's life. */
void exit_prepare(struct fiber *f);

/* Evaluate a call that may park as a cancellation point.  call returns a value
 * or -errno.  A request that is pending is acted on before the call; a request
 * that arrives while the fiber is parked interrupts the call. */
#define CANCEL_POINT(call)                                                     \
	({                                                                     \
		cancel_test();                                                 \
		__typeof__(call) cancel_r_ = (call);                           \
		if (UNLIKELY(cancel_r_ == -EINTR))                             \
			cancel_test();                                         \
		cancel_r_;                                                     \
	})

/*
 * Evaluate a call that is a cancellation point and does not park: outside any
 * fiber, or on a fiber where the call does not wait.  libc handles cancellation
 * of the threads that it made for itself, so such a thread has the asynchronous
 * cancelability type while the call lasts.
 */
/* Returns what cancel_alien_end() needs to restore the cancelability type. */
int cancel_alien_begin(void);
void cancel_alien_end(int before);
#define CANCEL_IN_LIBC(call)                                                   \
	({                                                                     \
		int type_ = cancel_alien_begin();                              \
		__typeof__(call) alien_r_ = (call);                            \
                                                                               \
		cancel_alien_end(type_);                                       \
		alien_r_;                                                      \
	})
#define RAW_CANCEL(...)	 CANCEL_IN_LIBC(raw_syscall(__VA_ARGS__))
#define PASS_CANCEL(...) as_errno(RAW_CANCEL(__VA_ARGS__))

/* Evaluate a call of a blocking libc function.  A fiber makes the call on
 * another carrier, so that its hub goes on. */
#define IN_HOP(call)                                                           \
	({                                                                     \
		hop_enter();                                                   \
		__typeof__(call) hop_result_ = (call);                         \
		hop_leave();                                                   \
		hop_result_;                                                   \
	})

/*
 * Evaluate a blocking call on another carrier.  Signals that the runtime sends
 * to carriers and signals for other fibers also interrupt the call; it is then
 * made again.
 *
 * restartable: also make the call again after a handler with SA_RESTART, as
 *              signal(7) lists for each call.
 * cancels:     the call stands in CANCEL_POINT.
 * interrupted: SAYS_EINTR, SETS_EINTR or IS_EINTR, by how the call reports
 *              EINTR.
 */
#define IN_HOP_UNTIL(restartable, cancels, interrupted, call)                  \
	({                                                                     \
		__typeof__(call) hop_r_;                                       \
                                                                               \
		do {                                                           \
			hop_enter();                                           \
			hop_r_ = (call);                                       \
			hop_leave();                                           \
		} while (UNLIKELY(interrupted(hop_r_)) &&                      \
			 !signal_interrupted(restartable, cancels));           \
		hop_r_;                                                        \
	})
#define SAYS_EINTR(r) ((r) == -EINTR)
#define SETS_EINTR(r) ((r) == -1 && errno == EINTR)
#define IS_EINTR(r)   ((r) == EINTR)

/* The same for a system call.  Each returns a value or -errno. */
#define HOP(...) IN_HOP_UNTIL(true, true, SAYS_EINTR, raw_syscall(__VA_ARGS__))
#define HOP_NO_RESTART(...)                                                    \
	IN_HOP_UNTIL(false, true, SAYS_EINTR, raw_syscall(__VA_ARGS__))
#define HOP_NO_CANCEL(...)                                                     \
	IN_HOP_UNTIL(true, false, SAYS_EINTR, raw_syscall(__VA_ARGS__))

/* The deadline (CLOCK_MONOTONIC, ns) of the relative time ts, which is valid.
 * GREEN_FOREVER for NULL and for more than about 146 years. */
static inline uint64_t deadline_in(const struct timespec *ts)
{
	uint64_t ns;

	if (!ts)
		return GREEN_FOREVER;
	if (ts->tv_sec > (int64_t)(UINT64_MAX / NS_PER_SEC / 4))
		return GREEN_FOREVER;
	ns = (uint64_t)ts->tv_sec * NS_PER_SEC + (uint64_t)ts->tv_nsec;
	return green_now() + ns;
}

/* nanosleep(2), EINVAL: is ts not negative, with less than a second in
 * tv_nsec? */
static inline bool timespec_valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 &&
	       ts->tv_nsec < (long)NS_PER_SEC;
}

/* The deadline (CLOCK_MONOTONIC, ns) of the absolute time ts on clock.
 * GREEN_FOREVER for NULL; a time that has passed gives a deadline that has
 * passed. */
static inline uint64_t deadline_at(clockid_t clock, const struct timespec *ts)
{
	struct timespec now;
	int64_t left;

	if (!ts)
		return GREEN_FOREVER;
	if (ts->tv_sec < 0)
		return 0;
	if (ts->tv_sec > (int64_t)(UINT64_MAX / NS_PER_SEC / 4))
		return GREEN_FOREVER;
	if (clock == CLOCK_MONOTONIC)
		return (uint64_t)ts->tv_sec * NS_PER_SEC +
		       (uint64_t)ts->tv_nsec;
	clock_gettime(clock, &now);
	left = (ts->tv_sec - now.tv_sec) * (int64_t)NS_PER_SEC +
	       (ts->tv_nsec - now.tv_nsec);
	return left <= 0 ? 0 : green_now() + (uint64_t)left;
}

#endif
