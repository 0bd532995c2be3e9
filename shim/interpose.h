/*
 * interpose.h - what every interposer file includes, and nothing else does.
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
 * The runtime speaks in -errno; only the two converters below turn that
 * into what callers of libc expect.
 */
#ifndef GREEN_INTERPOSE_H
#define GREEN_INTERPOSE_H

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "runtime.h"

#define EXPORT __attribute__((visibility("default")))

/* Define an exported symbol of libc's name. */
#define INTERPOSE(ret, name, args)                                             \
	EXPORT ret name args;                                                  \
	EXPORT ret name args

/* A second name for an interposer of the same file. */
#define INTERPOSE_ALIAS(alias_name, name)                                      \
	EXPORT extern __typeof__(name) alias_name                              \
		__attribute__((alias(#name), copy(name)));

/* "-1 and errno" out of a -errno value. */
static inline long as_errno(long r)
{
	if (UNLIKELY(r < 0 && r >= -4095)) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

/* A positive error number (pthread functions) out of a -errno value. */
static inline int as_error(long r)
{
	return (int)-r;
}

/* The call as the kernel knows it, for callers outside of any fiber. */
#define PASS(...) as_errno(raw_syscall(__VA_ARGS__))

/* A function of libc's own.  All of them stand in one section. */
struct libc_symbol {
	const char *name, *version;
	void *_Atomic at; /* NULL: not looked for yet */
} __attribute__((aligned(32)));

/* libc_symbols.c */
void *libc_symbol_find(struct libc_symbol *s);
/* While there is one thread: dlsym waits for the dynamic linker's lock where
 * only another kernel thread could let its owner go on. */
void libc_symbols_find_all(void);

static inline void *libc_symbol(struct libc_symbol *s)
{
	void *at = atomic_load_explicit(&s->at, memory_order_relaxed);

	return LIKELY(at != NULL) ? at : libc_symbol_find(s);
}

/* The next definition of a libc function past ours, looked up once. */
#define LIBC_SYMBOL(text, version)                                             \
	({                                                                     \
		static struct libc_symbol symbol_                              \
			__attribute__((section("green_libc"),                  \
				       used)) = { text, version, NULL };       \
		libc_symbol(&symbol_);                                         \
	})
#define LIBC(name, version) ((__typeof__(name) *)LIBC_SYMBOL(#name, version))

/* Deferred cancellation (pthread_cancel.c). */
void cancel_test(void);		    /* acts on a pending request */
void exit_prepare(struct fiber *f); /* the calling thread will unwind */
bool cancel_pending_now(void);	    /* a request that may be acted on now */

/* Evaluate a parking call as a cancellation point.  A request that came
 * before is acted on first; one that comes while parked interrupts it. */
#define CANCEL_POINT(call)                                                     \
	({                                                                     \
		cancel_test();                                                 \
		__typeof__(call) cancel_r_ = (call);                           \
		if (UNLIKELY(cancel_r_ == -EINTR))                             \
			cancel_test();                                         \
		cancel_r_;                                                     \
	})

/*
 * A call that is a cancellation point, made outside of any fiber, or by one
 * where it is an error and does not wait.  In a thread that libc made for
 * itself, cancellation is libc's affair: it acts at once while the call lasts.
 */
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

/* A blocking function of libc itself, on a carrier of its own when a fiber
 * calls it. */
#define IN_HOP(call)                                                           \
	({                                                                     \
		hop_enter();                                                   \
		__typeof__(call) hop_result_ = (call);                         \
		hop_leave();                                                   \
		hop_result_;                                                   \
	})

/*
 * A blocking call on a carrier of its own.  What the runtime tells a carrier
 * by a signal interrupts it too, and so do signals for other fibers: then it
 * is made once more.  restartable: so it is after a handler with SA_RESTART
 * (signal(7) says which calls are).  cancels: it stands in CANCEL_POINT.
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

/* The kernel's call. */
#define HOP(...) IN_HOP_UNTIL(true, true, SAYS_EINTR, raw_syscall(__VA_ARGS__))
#define HOP_NO_RESTART(...)                                                    \
	IN_HOP_UNTIL(false, true, SAYS_EINTR, raw_syscall(__VA_ARGS__))
#define HOP_NO_CANCEL(...)                                                     \
	IN_HOP_UNTIL(true, false, SAYS_EINTR, raw_syscall(__VA_ARGS__))

/* Absolute deadline of a relative time, GREEN_FOREVER for NULL. */
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

static inline bool timespec_valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 &&
	       ts->tv_nsec < (long)NS_PER_SEC;
}

/* CLOCK_MONOTONIC deadline of an absolute time on a clock. */
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
