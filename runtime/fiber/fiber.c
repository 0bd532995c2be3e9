/*
 * Fibers: how they are spawned and exit, and what others ask about them.
 *
 * One mapping contains a fiber: guard, stack, TLS area with TCB, struct fiber.
 * fiber_pool.c manages these mappings; sync/join.c joins.
 */
#include <locale.h>
#include <pthread.h>

#include "base/assert.h"
#include "base/now.h"
#include "base/libc_lookup.h"
#include "fiber/fiber_pool.h"
#include "fiber/registry.h"
#include "sched/cputime.h"
#include "sched/park.h"
#include "sched/pin.h"

#define FIRST_TID (1 << 23) /* above the kernel's 2^22, below FUTEX_TID_MASK */
#define TID_SPAN  ((1 << 30) - 1 - FIRST_TID)
#define MIN_STACK 16384

void (*fiber_end_hook)(void);

static struct fiber main_fiber;
static _Atomic uint64_t tids; /* given out so far */
static uint64_t tid_base;
static uint64_t tids_before; /* given out before this process was forked */
static struct fiber *forked;

struct fiber *green_current(void)
{
	return green_self;
}

/* ---- birth ---- */

/* Each process starts at a random tid, as libc's locks in memory that processes
 * share identify an owner by the tid. */
static void tids_begin(void)
{
	uint64_t seed = now_ns() ^ (uint64_t)rt.pid << 32;

	raw_syscall(SYS_getrandom, &seed, sizeof(seed), 1 /* GRND_NONBLOCK */);
	tid_base = seed % TID_SPAN;
}

static int next_tid(void)
{
	return FIRST_TID +
	       (int)((tid_base + atomic_fetch_add(&tids, 1)) % TID_SPAN);
}

/* The thread that exits; in the child of a fork it may not be a fiber again. */
static struct fiber *fiber_ending(void)
{
	return green_self ? green_self : forked;
}

/* libc's unwinder jumps here after it has left the fiber's last frame. */
static void unwound(void)
{
	fiber_exit(fiber_ending()->result);
}

void fiber_main(void *arg)
{
	struct fiber *f = arg;
	__pthread_unwind_buf_t buf;

	park_finish_switch(f->carrier);
	atomic_store_explicit(&f->state, FIBER_RUNNING, memory_order_relaxed);
	park_leave(f);
	errno = 0;
	/* A thread starts in the global locale; this sets up the ctype tables
	 * in its TLS too. */
	uselocale(LC_GLOBAL_LOCALE);
	memset(&buf, 0, sizeof(buf));
	/* pthread_exit and cancellation unwind down to this frame. */
	arch_jmpbuf_make(&buf, arch_stack_pointer() + 8, unwound);
	__pthread_register_cancel(&buf);
	f->result = f->start(f->arg);
	fiber_exit(f->result);
}

int fiber_spawn(struct fiber **out, const struct green_attr *a,
		void *(*start)(void *), void *arg, const sigset_t *mask,
		struct carrier *pin, uintptr_t *id)
{
	struct fiber *me = green_self, *f;
	uintptr_t top;
	int r = 0;

	if (a && ((a->stack_size && a->stack_size < MIN_STACK) ||
		  (a->stack && !a->stack_size)))
		return -EINVAL;
	if (me)
		spawn_charge(me);
	f = fiber_alloc(a);
	if (!f)
		return -EAGAIN;

	fiber_begin_life(f);
	f->start = start;
	f->arg = arg;
	f->detached = a && a->detached;
	f->budget = IO_BUDGET;
	if (UNLIKELY(pin))
		pin_adopt(f, pin);
	else if (UNLIKELY(me && fiber_kernel_tid(me)))
		r = pin_inherit(f);
	if (r < 0) {
		fiber_free(f, NULL);
		return r;
	}
	if (me) {
		f->sigmask = atomic_load_explicit(&me->sigmask,
						  memory_order_relaxed);
		f->hub = me->hub;
		memcpy(f->name, me->name, sizeof(f->name));
	} else {
		f->sigmask = 0;
		f->hub = hub_any();
		memcpy(f->name, main_fiber.name, sizeof(f->name));
	}
	if (mask)
		f->sigmask = *(const uint64_t *)mask;
	f->tid = next_tid();
	tcb_set((void *)f->tcb, f->tid, f);
	top = (uintptr_t)f->stack_low + f->stack_size;
	if (!f->own_stack) /* spread the tops over the sets of the cache */
		top -= ((uint32_t)f->tid & 15) * 64;
	f->sp = arch_stack_init((void *)top, fiber_main);
	atomic_store_explicit(&f->state, FIBER_RUNNING, memory_order_relaxed);
	atomic_store_explicit(&f->alive, true, memory_order_release);
	rt_peak(&rt.peak_fibers,
		atomic_fetch_add_explicit(&rt.nfibers, 1,
					  memory_order_relaxed) +
			1);
	if (out)
		*out = f;
	*id = f->tcb;
	ready(f);
	if (me)
		spawn_done(me);
	return 0;
}

/* ---- death ---- */

static bool quit; /* some thread has exited by system call */

static void fiber_leave(struct fiber *f, int status) __attribute__((noreturn));

static void fiber_leave(struct fiber *f, int status)
{
	tcb_leave_robust();
	ASSERT(!f->holds); /* no call is under way */
	rt_hooks.fiber_exits(f);
	pin_end(f);
	/* For libc the main thread lives on, as a carrier: setuid() must
	 * signal it too, and skips threads that are exiting. */
	if (f->main && tcb_cancel_offset >= 0)
		__atomic_fetch_and((int *)(f->tcb + tcb_cancel_offset),
				   ~LIBC_EXITING, __ATOMIC_RELAXED);
	if (atomic_fetch_sub(&rt.nfibers, 1) == 1) {
		/* The last thread ends the process: as libc does, by exit(),
		 * or, if libc missed the exit of some thread, as the kernel
		 * does, by exit_group(2). */
		if (quit)
			raw_syscall(SYS_exit_group, status);
		exit(0);
	}
	sched_exit(f);
}

void fiber_exit(void *result)
{
	struct fiber *f = fiber_ending();

	f->result = result;
	/* libc leaves the main thread's destructors to exit(), which another
	 * thread may call. */
	if (!f->main)
		tcb_run_destructors();
	if (fiber_end_hook)
		fiber_end_hook();
	fiber_leave(f, 0);
}

void fiber_quit(int status)
{
	struct fiber *f = green_self;

	quit = true;
	f->result = NULL;
	fiber_leave(f, status);
}

void fiber_ended(struct fiber *f)
{
	struct carrier *c = f->carrier;
	struct hub *h = c->state == CARRIER_RT ? c->hub : NULL;
	bool detached;

	spin_lock(&f->life);
	detached = f->detached;
	atomic_store_explicit(&f->ended, 1, memory_order_release);
	if (!detached)
		rt_hooks.fiber_ended(f);
	spin_unlock(&f->life);
	if (detached && !f->main)
		fiber_free(f, h);
}

/* ---- the main thread, and questions about fibers ---- */

struct fiber *fiber_forked(void)
{
	return forked;
}

void fiber_set_forked(struct fiber *f)
{
	forked = f;
}

struct fiber *fiber_early(void)
{
	return forked ? forked : &main_fiber;
}

/* The fiber inherits signal stack, signal mask and name from the kernel thread
 * that it has been so far. */
static void ask_kernel(struct fiber *f)
{
	f->altstack = (stack_t){ .ss_flags = SS_DISABLE };
	raw_syscall(SYS_sigaltstack, 0, &f->altstack);
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, &f->sigmask, 8);
	raw_syscall(SYS_prctl, 16 /* PR_GET_NAME */, f->name);
}

struct fiber *fiber_wrap_main(void)
{
	struct fiber *f = &main_fiber;
	int (*getattr)(pthread_t, pthread_attr_t *);
	pthread_attr_t attr;

	tids_begin();
	f->magic = FIBER_MAGIC;
	f->main = true;
	f->tcb = arch_tls_base();
	f->tid = rt_tid();
	f->budget = IO_BUDGET;
	f->hub = rt.hubs[0];
	ask_kernel(f);
	/* libc's function knows the main stack; our interposer would ask the
	 * fiber that is being set up here. */
	getattr = rt_libc_symbol("pthread_getattr_np", "GLIBC_2.32");
	if (getattr(f->tcb, &attr) == 0) {
		pthread_attr_getstack(&attr, &f->stack_low, &f->stack_size);
		pthread_attr_getguardsize(&attr, &f->guard_size);
		pthread_attr_destroy(&attr);
	}
	f->stack_asked = f->stack_size;
	f->alive = true;
	fiber_publish(f);
	atomic_fetch_add(&rt.nfibers, 1);
	return f;
}

struct fiber *fiber_of(uintptr_t id)
{
	return tcb_fiber(id);
}

uintptr_t fiber_id(struct fiber *f)
{
	return f->tcb;
}

int fiber_tid(struct fiber *f)
{
	return f->tid;
}

int fiber_process_of(int tid)
{
	if (LIKELY(tid < FIRST_TID) || !rt_started || !fiber_by_tid(tid))
		return tid;
	return rt.pid;
}

void fiber_stack(struct fiber *f, void **low, size_t *size, size_t *guard)
{
	/* The mapping may have room for more below what was asked for. */
	*low = (char *)f->stack_low + f->stack_size - f->stack_asked;
	*size = f->stack_asked;
	*guard = f->guard_size;
}

bool fiber_is_main(struct fiber *f)
{
	return f->main;
}

void fiber_set_result(struct fiber *f, void *result)
{
	f->result = result;
	/* Do not yield because of spawned threads any more: they do not wait
	 * for what f does from here on, and f would yield while libc loads the
	 * unwinder. */
	f->budget = IO_BUDGET;
}

void *fiber_result(struct fiber *f)
{
	return f->result;
}

bool fiber_is_detached(struct fiber *f)
{
	return f->detached;
}

bool fiber_has_ended(struct fiber *f)
{
	return atomic_load_explicit(&f->ended, memory_order_acquire);
}

const char *fiber_name(struct fiber *f)
{
	return f->name;
}

int fiber_set_name(struct fiber *f, const char *name)
{
	size_t n = strlen(name);

	if (n >= sizeof(f->name))
		return -ERANGE;
	memcpy(f->name, name, n + 1);
	/* ps and top show the name that the kernel has for the main thread. */
	if (fiber_leads(f)) {
		char path[64];
		long fd;

		memcpy(path, "/proc/self/comm", 16);
		fd = raw_syscall(SYS_open, path, 1 /* O_WRONLY */ | 02000000,
				 0);
		if (fd >= 0) {
			raw_syscall(SYS_write, fd, name, n);
			raw_syscall(SYS_close, fd);
		}
	}
	return 0;
}

uint64_t fiber_made(void)
{
	return tids - tids_before + 1;
}

void fiber_fork_child(struct fiber *me)
{
	me->tid = rt_tid();
	spin_reset(&me->life);
	/* The threads that joined it do not exist here. */
	me->joined = false;
	me->joiners = 0;
	me->robust_held = 0; /* the parent owns them */
	me->timer.hub = NULL;
	me->spawning = false;
	pin_forget(me, NULL);
	cputime_wanted = false;
	/* The kernel thread has the name of a carrier. */
	raw_syscall(SYS_prctl, 15 /* PR_SET_NAME */, me->name);
	atomic_store(&rt.nfibers, 1);
	atomic_store(&rt.ncarriers, 1);
	quit = false;
}

void fiber_forget_others(struct fiber *me)
{
	fiber_pool_forget(me);
	fiber_each(pin_forget, NULL);
	tids_before = tids;
	tids_begin();
}

struct fiber *fiber_wrap_forked(struct fiber *f)
{
	f->hub = rt.hubs[0];
	f->budget = IO_BUDGET;
	ask_kernel(f);
	return f;
}
