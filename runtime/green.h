/*
 * green.h - the public C interface of libgreen.
 *
 * Fibers are whole threads: each has its own TLS, errno and stack, so any
 * code may run in one.  Unless a function says otherwise, it returns 0 or a
 * negative error number, leaves errno alone, and may be called from any thread
 * once green_start() has succeeded.  No function here is async-signal-safe
 * unless it says so.
 */
#ifndef GREEN_H
#define GREEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GREEN_VERSION "0.1.0"
#define GREEN_API     __attribute__((visibility("default")))
#define GREEN_FOREVER UINT64_MAX /* a deadline that never passes */

#ifdef __cplusplus
extern "C" {
#endif

struct fiber;

/* How to spawn a fiber.  Zero means the default in every field. */
struct green_attr {
	size_t stack_size; /* bytes; default: ulimit -s, else 8 MiB */
	size_t guard_size; /* bytes; default: one page */
	void *stack;	   /* lowest byte of a stack that the caller owns */
	int detached;	   /* nobody will join the fiber */
	int no_guard;	   /* guard_size is 0, not the default */
};

/*
 * Start the runtime in this process; the calling thread becomes the main
 * fiber.  Further calls do nothing and return the first call's result.
 * -EPERM: the caller is not the process's first thread; -ECANCELED: disabled
 * by configuration, or between vfork and exec; -ENOSYS: this libc is not
 * supported; -ELIBACC: libuv cannot be loaded; -ENOTSUP: the program calls
 * sigaltstack by system call; -ENOMEM; -EMFILE.
 */
GREEN_API int green_start(void);

/*
 * Spawn a fiber that runs start(arg), as pthread_create(3) does; starts the
 * runtime if needed.
 * out   receives the fiber; may be NULL
 * attr  NULL: all defaults
 * -EAGAIN: no memory or no kernel thread; -EINVAL: the stack is too small; the
 * errors of green_start().
 */
GREEN_API int green_spawn(struct fiber **out, const struct green_attr *attr,
			  void *(*start)(void *), void *arg);

/*
 * Wait until f exits, as pthread_timedjoin_np(3) does, and free it.
 * result       receives what f returned; may be NULL
 * deadline_ns  CLOCK_MONOTONIC nanoseconds, or GREEN_FOREVER
 * -ETIMEDOUT; -EDEADLK: f is the caller; -EINVAL: f is detached or another
 * thread joins it; -ESRCH: f was joined; -EINTR: a signal handler ran, or the
 * caller is being cancelled.  After -ETIMEDOUT and -EINTR f can still be
 * joined.
 */
GREEN_API int green_join(struct fiber *f, void **result, uint64_t deadline_ns);

/* Free f when it exits, as pthread_detach(3) does; errors as green_join(). */
GREEN_API int green_detach(struct fiber *f);

/* The running fiber; NULL outside fibers.  Async-signal-safe. */
GREEN_API struct fiber *green_current(void);

/* Let other fibers run (sched_yield(2)); the caller stays runnable. */
GREEN_API void green_yield(void);

/*
 * Sleep until deadline_ns (CLOCK_MONOTONIC nanoseconds), as
 * clock_nanosleep(2) with TIMER_ABSTIME does.  -EINTR: a signal handler ran.
 */
GREEN_API int green_sleep_until(uint64_t deadline_ns);

/* CLOCK_MONOTONIC now, in nanoseconds. */
GREEN_API uint64_t green_now(void);

/*
 * The futex table: futex(2) within one process, for fibers and kernel threads
 * alike.
 *
 * green_futex_wait: sleep while *addr == expected, until deadline_ns
 * (CLOCK_MONOTONIC nanoseconds, or GREEN_FOREVER) or until a wake whose bitset
 * shares a bit with the caller's.  0: woken; -EAGAIN: *addr differed;
 * -ETIMEDOUT; -EINTR: a signal handler ran.
 *
 * green_futex_wake: wake at most count waiters, oldest first; returns the
 * number woken.
 *
 * green_futex_requeue: wake at most `wake` waiters of from and move at most
 * `move` others to the end of to's queue; returns the number woken and moved.
 * -EAGAIN: expected is not NULL and *from differed from *expected.
 */
GREEN_API int green_futex_wait(const uint32_t *addr, uint32_t expected,
			       uint64_t deadline_ns, uint32_t bitset);
GREEN_API int green_futex_wake(const uint32_t *addr, int count,
			       uint32_t bitset);
GREEN_API int green_futex_requeue(const uint32_t *from, int wake,
				  const uint32_t *to, int move,
				  const uint32_t *expected);

#ifdef __cplusplus
}
#endif
#endif
