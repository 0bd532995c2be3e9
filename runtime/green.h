/*
 * green.h - the public C interface of libgreen.
 *
 * Fibers are whole threads: each has its own TLS, errno and stack, so any
 * code may run in one.  Functions return 0 or a negative error number unless
 * they say otherwise.
 */
#ifndef GREEN_H
#define GREEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GREEN_VERSION "0.1.0"
#define GREEN_API     __attribute__((visibility("default")))
#define GREEN_FOREVER UINT64_MAX

#ifdef __cplusplus
extern "C" {
#endif

struct fiber;

/* What a new fiber is to be.  Zero means the default everywhere. */
struct green_attr {
	size_t stack_size; /* bytes; default: ulimit -s, else 8 MiB */
	size_t guard_size; /* bytes; default: one page */
	void *stack;	   /* lowest byte of a stack of the caller's own */
	int detached;	   /* nobody will join it */
	int no_guard;	   /* guard_size 0 was asked for */
};

/* Start the runtime in this process; the calling thread becomes the main
 * fiber.  Idempotent. */
GREEN_API int green_start(void);

/* Make a fiber that runs start(arg).  -EAGAIN: no memory for a stack. */
GREEN_API int green_spawn(struct fiber **out, const struct green_attr *attr,
			  void *(*start)(void *), void *arg);

/* Wait for a fiber's end until deadline_ns (CLOCK_MONOTONIC, GREEN_FOREVER).
 * -ETIMEDOUT, -EDEADLK (itself), -EINVAL (detached). */
GREEN_API int green_join(struct fiber *f, void **result, uint64_t deadline_ns);
GREEN_API int green_detach(struct fiber *f);

/* The running fiber, NULL outside of any. */
GREEN_API struct fiber *green_current(void);

/* Let others run; the fiber stays runnable. */
GREEN_API void green_yield(void);

/* Sleep until the deadline.  0, or -EINTR when a signal handler ran. */
GREEN_API int green_sleep_until(uint64_t deadline_ns);

/* CLOCK_MONOTONIC now, in nanoseconds. */
GREEN_API uint64_t green_now(void);

/*
 * The futex table (futex(2) semantics, for fibers and kernel threads alike).
 * wait: sleeps while *addr == expected.  0 woken, -EAGAIN the value differed,
 * -ETIMEDOUT, -EINTR.  wake: returns how many were woken.
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
