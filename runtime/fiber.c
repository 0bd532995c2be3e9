/*
 * Fibers: made, recycled, ended, joined.
 *
 * One mapping holds a fiber: guard, stack, TLS area with TCB, struct fiber.
 * Mappings are kept on free lists (a hub's own, then a shared one) and never
 * given back, so a struct fiber stays readable for ever and the list of all
 * of them only grows; `alive` says which are in use.
 */
#include <locale.h>
#include <pthread.h>

#include "scheduler.h"

#define FIRST_TID      (1 << 23) /* above the kernel's 2^22, below FUTEX_TID_MASK */
#define TID_SPAN       ((1 << 30) - 1 - FIRST_TID)
#define TRIM_EVERY     32
#define LOCAL_FREE_MAX 128
#define MIN_STACK      16384

void (*fiber_end_hook)(void);

static struct fiber main_fiber;
static struct fiber *_Atomic all_fibers;
static struct fiber *shared_free;
static struct spin shared_lock;
static _Atomic uint64_t tids;
static uint64_t tid_base;
static uint64_t tids_before; /* given in the process that forked this one */

struct fiber *green_current(void)
{
	return green_self;
}

/* ---- memory ---- */

/* From now on whoever looks at all fibers sees f; for ever. */
static void publish(struct fiber *f)
{
	struct fiber *head = atomic_load(&all_fibers);

	do {
		f->all_next = head;
	} while (!atomic_compare_exchange_weak(&all_fibers, &head, f));
}

static struct fiber *map_new(const struct green_attr *a, size_t stack,
			     size_t guard)
{
	size_t extra = tcb_area_size() + sizeof(struct fiber) + 256;
	size_t map_size;
	char *map = stack_map(a && a->stack ? 0 : stack,
			      a && a->stack ? 0 : guard, extra, &map_size);
	struct fiber *f;

	if (!map)
		return NULL;
	f = (struct fiber *)((uintptr_t)(map + map_size - sizeof(*f)) & ~63ul);
	f->map = map;
	f->map_size = map_size;
	f->area_top = f;
	f->tcb = (uintptr_t)tcb_make(f->area_top);
	if (!f->tcb) {
		stack_unmap(map, map_size);
		return NULL;
	}
	if (a && a->stack) {
		f->own_stack = 1;
	} else {
		f->stack_low = map + guard;
		f->stack_size = stack;
		f->guard_size = guard;
	}
	publish(f);
	return f;
}

/* A library that was loaded before f was published, but after its TLS was
 * made, has found it nowhere. */
static struct fiber *map_new_current(const struct green_attr *a, size_t stack,
				     size_t guard)
{
	unsigned changes = tls_changes();
	struct fiber *f = map_new(a, stack, guard);

	if (f && UNLIKELY(tls_changes() != changes))
		tls_reset((void *)f->tcb);
	return f;
}

/* Take a recycled fiber whose stack is like that; shared_lock held. */
static struct fiber *shared_take(size_t stack, size_t guard, bool own)
{
	struct fiber **p = &shared_free, *f;
	int looked = 0;

	for (; (f = *p) != NULL && looked < 64; p = &f->next, looked++) {
		if (own ? f->own_stack
			: !f->own_stack && f->stack_size == stack &&
				    f->guard_size == guard) {
			*p = f->next;
			return f;
		}
	}
	return NULL;
}

struct fiber *fiber_alloc(const struct green_attr *a, struct hub *h)
{
	size_t stack = a && a->stack_size ? a->stack_size : 0;
	size_t guard = a && a->guard_size ? a->guard_size : 4096;
	bool own = a && a->stack;
	static _Atomic size_t default_size;
	struct fiber *f;

	if (!stack) {
		if (!default_size)
			default_size = stack_default_size();
		stack = default_size;
	}
	if (a && a->no_guard)
		guard = 0;
	stack = (stack + 4095) & ~4095ul;
	guard = (guard + 4095) & ~4095ul;
	if (!own && h && (f = h->free_fibers) != NULL &&
	    f->stack_size == stack && f->guard_size == guard) {
		h->free_fibers = f->next;
		h->free_count--;
	} else {
		spin_lock(&shared_lock);
		f = shared_take(stack, guard, own);
		spin_unlock(&shared_lock);
	}
	if (f)
		tcb_reset((void *)f->tcb);
	else
		f = map_new_current(a, stack, guard);
	if (f && own) {
		f->stack_low = a->stack;
		f->stack_size = a->stack_size;
		f->guard_size = 0;
	}
	return f;
}

void fiber_free(struct fiber *f, struct hub *h)
{
	if (!f->own_stack && ++f->uses % TRIM_EVERY == 0)
		stack_trim(f);
	atomic_store_explicit(&f->alive, false, memory_order_release);
	if (h && !f->own_stack && h->free_count < LOCAL_FREE_MAX) {
		f->next = h->free_fibers;
		h->free_fibers = f;
		h->free_count++;
		return;
	}
	spin_lock(&shared_lock);
	f->next = shared_free;
	shared_free = f;
	spin_unlock(&shared_lock);
}

/* ---- birth ---- */

/* Processes begin at different numbers: libc's locks in memory that they
 * share know an owner by it. */
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

/* Where libc's unwinder jumps to when it has left the fiber's last frame. */
static void unwound(void)
{
	fiber_exit(green_self->result);
}

void fiber_main(void *arg)
{
	struct fiber *f = arg;
	__pthread_unwind_buf_t buf;

	park_finish_switch(f->carrier);
	atomic_store_explicit(&f->state, FIBER_RUNNING, memory_order_relaxed);
	sched_leave(f, f->carrier->hub);
	errno = 0;
	/* A thread starts in the global locale; sets the ctype tables too. */
	uselocale(LC_GLOBAL_LOCALE);
	memset(&buf, 0, sizeof(buf));
	/* pthread_exit and cancellation unwind down to this frame. */
	arch_jmpbuf_make(&buf, arch_stack_pointer() + 8, unwound);
	__pthread_register_cancel(&buf);
	f->result = f->start(f->arg);
	fiber_exit(f->result);
}

int green_spawn(struct fiber **out, const struct green_attr *a,
		void *(*start)(void *), void *arg)
{
	uintptr_t id;

	return green_spawn_masked(out, a, start, arg, NULL, NULL, &id);
}

int green_spawn_masked(struct fiber **out, const struct green_attr *a,
		       void *(*start)(void *), void *arg, const sigset_t *mask,
		       struct carrier *wire, uintptr_t *id)
{
	struct fiber *me = green_self, *f;
	struct hub *h;
	uintptr_t top;
	int r;

	if (!rt_started) {
		r = green_start();
		if (r < 0)
			return r;
		me = green_self;
	}
	if (a && ((a->stack_size && a->stack_size < MIN_STACK) ||
		  (a->stack && !a->stack_size)))
		return -EINVAL;
	/*
	 * _dl_allocate_tls calls malloc, which may wait for a lock: so only
	 * the hub's own free list is touched inside the scheduler.
	 */
	f = NULL;
	if (me && (h = sched_enter(me)) != NULL) {
		if (!a || (!a->stack && h->free_fibers)) {
			struct fiber *first = h->free_fibers;

			if (first &&
			    (!a || ((!a->stack_size ||
				     a->stack_size == first->stack_size) &&
				    !a->no_guard)))
				f = fiber_alloc(a, h);
		}
		sched_leave(me, h);
	} else if (me) {
		sched_leave(me, NULL);
	}
	if (!f)
		f = fiber_alloc(a, NULL);
	if (!f)
		return -EAGAIN;

	f->start = start;
	f->arg = arg;
	f->result = NULL;
	f->detached = a && a->detached;
	f->joined = false;
	f->ended = 0;
	f->joiners = 0;
	f->after = AFTER_NONE;
	f->wait_kind = WAIT_NONE;
	f->io_budget = 128;
	f->heavy = 0;
	f->interrupts = 0;
	f->cancel = 0;
	f->robust_held = 0;
	f->wires = 0;
	f->wired = NULL;
	if (UNLIKELY(wire)) {
		wire_adopt(f, wire);
	} else if (UNLIKELY(me && fiber_kernel_tid(me)) &&
		   wire_inherit(f) < 0) {
		fiber_free(f, NULL);
		return -EAGAIN;
	}
	f->under_mask = false;
	f->spawning = false;
	memset(&f->sigqueue, 0, sizeof(f->sigqueue));
	f->sigwait = 0;
	f->timer.hub = NULL;
	memset(&f->altstack, 0, sizeof(f->altstack));
	f->altstack.ss_flags = SS_DISABLE;
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
	if (!f->own_stack) /* keep tops off the same cache sets */
		top -= ((uint32_t)f->tid & 15) * 64;
	f->sp = arch_stack_init((void *)top, fiber_main);
	atomic_store_explicit(&f->state, FIBER_RUNNING, memory_order_relaxed);
	atomic_store_explicit(&f->alive, true, memory_order_release);
	stats_peak(&rt.peak_fibers,
		   atomic_fetch_add_explicit(&rt.nfibers, 1,
					     memory_order_relaxed) +
			   1);
	if (out)
		*out = f;
	*id = f->tcb;
	ready(f);
	return 0;
}

/* ---- death ---- */

static bool quit; /* some thread left by the system call */

static void leave(struct fiber *f, int status) __attribute__((noreturn));

static void leave(struct fiber *f, int status)
{
	tcb_leave_robust();
	robust_fiber_end(f);
	wire_end(f);
	signal_fiber_end(f);
	if (atomic_fetch_sub(&rt.nfibers, 1) == 1) {
		/* The last thread of a process ends it, as the last that libc
		 * knows or, if it does not know of all, as the kernel does. */
		if (quit)
			raw_syscall(SYS_exit_group, status);
		exit(0);
	}
	sched_exit(f);
}

void fiber_exit(void *result)
{
	struct fiber *f = green_self;

	f->result = result;
	tcb_run_destructors();
	if (fiber_end_hook)
		fiber_end_hook();
	leave(f, 0);
}

void fiber_quit(int status)
{
	struct fiber *f = green_self;

	quit = true;
	f->result = NULL;
	leave(f, status);
}

/* On another context, when f will never run again. */
void fiber_ended(struct fiber *f)
{
	struct carrier *c = f->carrier;
	struct hub *h = c->state == CARRIER_RT ? c->hub : NULL;
	bool detached;

	spin_lock(&f->life);
	detached = f->detached;
	atomic_store_explicit(&f->ended, 1, memory_order_release);
	if (!detached && f->joiners)
		green_futex_wake((uint32_t *)&f->ended, 1, ~0u);
	spin_unlock(&f->life);
	if (detached && !f->main)
		fiber_free(f, h);
}

static void release(struct fiber *f)
{
	struct fiber *me = green_self;
	struct hub *h;

	if (f->main)
		return;
	h = me ? sched_enter(me) : NULL;
	fiber_free(f, h);
	if (me)
		sched_leave(me, h);
}

/* Inside the scheduler: a signal handler in between, which may wait, would
 * keep whoever ends the fiber. */
static struct hub *life_lock(struct fiber *me, struct fiber *f)
{
	struct hub *h = me ? sched_enter(me) : NULL;

	spin_lock(&f->life);
	return h;
}

static void life_unlock(struct fiber *me, struct fiber *f, struct hub *h)
{
	spin_unlock(&f->life);
	if (me)
		sched_leave(me, h);
}

int green_join(struct fiber *f, void **result, uint64_t deadline_ns)
{
	struct fiber *me = rt_fiber();
	struct hub *h;
	int r;

	if (f == green_self)
		return -EDEADLK;
	h = life_lock(me, f);
	if (f->detached || f->joined) {
		life_unlock(me, f, h);
		return -EINVAL;
	}
	f->joined = true;
	atomic_fetch_add(&f->joiners, 1);
	life_unlock(me, f, h);
	r = 0;
	while (!atomic_load_explicit(&f->ended, memory_order_acquire)) {
		if (deadline_ns == 0)
			r = -ETIMEDOUT;
		else
			r = futex_wait_ended(&f->ended, deadline_ns);
		if (r == -ETIMEDOUT || r == -EINTR)
			break;
	}
	/* fiber_ended() may still hold the lock. */
	h = life_lock(me, f);
	atomic_fetch_sub(&f->joiners, 1);
	if (!f->ended) {
		f->joined = false;
		life_unlock(me, f, h);
		return r;
	}
	life_unlock(me, f, h);
	if (result)
		*result = f->result;
	release(f);
	return 0;
}

int green_detach(struct fiber *f)
{
	struct fiber *me = rt_fiber();
	struct hub *h;
	bool ended;

	h = life_lock(me, f);
	if (f->detached || f->joined) {
		life_unlock(me, f, h);
		return -EINVAL;
	}
	f->detached = true;
	ended = f->ended;
	life_unlock(me, f, h);
	if (ended)
		release(f);
	return 0;
}

/* ---- the main thread, and what is asked about fibers ---- */

/* Its cancellation state can be set before it is a fiber. */
struct fiber *fiber_main_early(void)
{
	return &main_fiber;
}

struct fiber *fiber_wrap_main(void)
{
	struct fiber *f = &main_fiber;
	int (*getattr)(pthread_t, pthread_attr_t *);
	pthread_attr_t attr;

	tids_begin();
	f->main = 1;
	f->tcb = arch_tls_base();
	f->tid = rt_tid();
	f->io_budget = 128;
	f->hub = rt.hubs[0];
	f->altstack.ss_flags = SS_DISABLE;
	raw_syscall(SYS_sigaltstack, 0, &f->altstack);
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, &f->sigmask, 8);
	raw_syscall(SYS_prctl, 16 /* PR_GET_NAME */, f->name);
	/* libc knows the main stack; ours is not there yet. */
	getattr = rt_libc_symbol("pthread_getattr_np", "GLIBC_2.32");
	if (getattr(f->tcb, &attr) == 0) {
		pthread_attr_getstack(&attr, &f->stack_low, &f->stack_size);
		pthread_attr_getguardsize(&attr, &f->guard_size);
		pthread_attr_destroy(&attr);
	}
	f->alive = true;
	publish(f);
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

void fiber_stack(struct fiber *f, void **low, size_t *size, size_t *guard)
{
	*low = f->stack_low;
	*size = f->stack_size;
	*guard = f->guard_size;
}

bool fiber_is_main(struct fiber *f)
{
	return f->main;
}

void fiber_set_result(struct fiber *f, void *result)
{
	f->result = result;
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
	/* ps and top show the kernel's name of the main thread. */
	if (f->main) {
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

void fiber_each(void (*fn)(struct fiber *, void *), void *arg)
{
	struct fiber *f;

	for (f = atomic_load(&all_fibers); f; f = f->all_next)
		fn(f, arg);
}

uint64_t fiber_made(void)
{
	return tids - tids_before + 1;
}

struct fiber *fiber_by_tid(int tid)
{
	struct fiber *f;

	for (f = atomic_load(&all_fibers); f; f = f->all_next)
		if (f->alive && f->tid == tid && !f->ended)
			return f;
	return NULL;
}

/* In the child of a fork every other fiber is gone. */
void fiber_fork_child(struct fiber *me)
{
	struct fiber *f;

	memset(&shared_lock, 0, sizeof(shared_lock));
	shared_free = NULL;
	for (f = atomic_load(&all_fibers); f; f = f->all_next) {
		if (f == me)
			continue;
		f->alive = false;
		memset(&f->life, 0, sizeof(f->life));
		f->timer.hub = NULL;
		if (f->main || f->own_stack)
			continue;
		f->next = shared_free;
		shared_free = f;
	}
	me->tid = rt_tid();
	memset(&me->life, 0, sizeof(me->life));
	/* Who was about to join it is gone. */
	me->joined = false;
	me->joiners = 0;
	me->robust_held = 0; /* they are the parent's */
	fiber_each(wire_fork_child, NULL);
	if (!me->main)
		tcb_fork_child((void *)me->tcb);
	me->timer.hub = NULL;
	atomic_store(&rt.nfibers, 1);
	quit = false;
	tids_before = tids;
	tids_begin();
}
