/*
 * Pending signals: one queue for the process, one for each fiber.
 *
 * A signal to the process stands in the process's queue until a fiber is found
 * that does not block it (signal_route(), on the monitor's thread or on the
 * sender's).  The signal then moves to that fiber's queue, marked as the
 * process's, so that it can come back when the fiber blocks it or exits first.
 */
#include <sys/resource.h>

#include "base/map.h"
#include "fiber/registry.h"
#include "sched/monitor.h"
#include "signal/sigstate.h"

#define CHUNK 64 /* nodes mapped at once */

struct signal_queue process_queue;
_Atomic int signal_waiters;

static struct spin lock;
static struct signal_node *free_nodes;
static int queued; /* nodes that are not free */

uint64_t signal_lock(void)
{
	uint64_t mask = kernel_mask(KERNEL_ALL);

	spin_lock(&lock);
	return mask;
}

void signal_unlock(uint64_t mask)
{
	spin_unlock(&lock);
	kernel_mask(mask);
}

bool signal_is_locked(void)
{
	return spin_is_held(&lock);
}

void signal_lock_reset(void)
{
	spin_reset(&lock);
}

/* A signal handler must not call malloc, but may map pages. */
static struct signal_node *node_new(void)
{
	struct signal_node *n = free_nodes;
	int i;

	if (!n) {
		n = rt_map(CHUNK * sizeof(*n));
		if (!n)
			return NULL;
		for (i = 0; i < CHUNK - 1; i++)
			n[i].next = &n[i + 1];
	}
	free_nodes = n->next;
	queued++;
	return n;
}

/* RLIMIT_SIGPENDING: what waits here, and the timers, of which the kernel
 * counts each as one. */
static bool is_full(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

	raw_syscall(SYS_prlimit64, 0, RLIMIT_SIGPENDING, 0, &most);
	return (rlim_t)(queued + signal_timers) >= most.rlim_cur;
}

/* As in the kernel: kill() is never refused, nor is what does not queue. */
bool signal_queue_refuses(int sig, const siginfo_t *info)
{
	return sig > SIG_SETXID && info->si_code != SI_USER && is_full();
}

static struct signal_queue *queue_of(struct fiber *f)
{
	return f ? &f->sigqueue : &process_queue;
}

static void append(struct fiber *f, struct signal_node *n)
{
	struct signal_queue *q = queue_of(f);

	n->next = NULL;
	if (q->tail)
		q->tail->next = n;
	else
		q->head = n;
	q->tail = n;
	if (f)
		atomic_fetch_add(&sched_deferred, 1);
	atomic_fetch_or(&q->bits, BIT(n->info.si_signo));
}

/* A timer has one signal pending at most, which counts the expirations that
 * follow.  True: sig was counted so. */
static bool add_overrun(struct fiber *f, int sig, const siginfo_t *info)
{
	struct signal_node *n;

	if (info->si_code != SI_TIMER || !(queue_of(f)->bits & BIT(sig)))
		return false;
	for (n = queue_of(f)->head; n; n = n->next)
		if (n->info.si_signo == sig && n->info.si_code == SI_TIMER &&
		    n->info.si_timerid == info->si_timerid) {
			n->info.si_overrun += 1 + info->si_overrun;
			return true;
		}
	return false;
}

bool queue_put_locked(struct fiber *f, int sig, const siginfo_t *info,
		      bool process)
{
	struct signal_node *n;

	ASSERT_HELD(&lock);
	if (add_overrun(f, sig, info) || signal_timer_is_gone(info))
		return false;
	if ((queue_of(f)->bits & BIT(sig)) &&
	    (sig < SIG_KICK || (info->si_code == SI_USER && is_full())))
		return false;
	n = node_new();
	if (!n)
		return false;
	n->process = process;
	n->info = *info;
	n->info.si_signo = sig;
	append(f, n);
	return true;
}

/* prev: the node before n; NULL: n is the first. */
static void unlink_locked(struct fiber *f, struct signal_node *prev,
			  struct signal_node *n)
{
	struct signal_queue *q = queue_of(f);
	int sig = n->info.si_signo;
	struct signal_node *other;

	ASSERT_HELD(&lock);
	if (prev)
		prev->next = n->next;
	else
		q->head = n->next;
	if (q->tail == n)
		q->tail = prev;
	for (other = q->head; other && other->info.si_signo != sig;
	     other = other->next)
		;
	if (!other)
		atomic_fetch_and(&q->bits, ~BIT(sig));
	if (f)
		atomic_fetch_sub(&sched_deferred, 1);
}

/* Unlink the first node of sig, which q->bits says is there. */
static struct signal_node *take_locked(struct fiber *f, int sig)
{
	struct signal_node *n, *prev = NULL;

	ASSERT_HELD(&lock);
	for (n = queue_of(f)->head; n && n->info.si_signo != sig; n = n->next)
		prev = n;
	if (n)
		unlink_locked(f, prev, n);
	return n;
}

static void node_free(struct signal_node *n)
{
	n->next = free_nodes;
	free_nodes = n;
	queued--;
}

bool queue_get_locked(struct fiber *f, uint64_t set, siginfo_t *info)
{
	uint64_t bits = queue_of(f)->bits & set;
	struct signal_node *n;

	ASSERT_HELD(&lock);
	if (!bits)
		return false;
	n = take_locked(f, __builtin_ctzll(bits) + 1);
	if (!n)
		return false;
	*info = n->info;
	node_free(n);
	signal_timer_taken(info);
	return true;
}

void queue_drop_locked(struct signal_queue *q, struct fiber *f, uint64_t set)
{
	ASSERT_HELD(&lock);
	while (q->bits & set)
		node_free(take_locked(f, __builtin_ctzll(q->bits & set) + 1));
}

static void drop_one(struct fiber *f, void *arg)
{
	if (f->alive)
		queue_drop_locked(&f->sigqueue, f, *(uint64_t *)arg);
}

void queue_drop_all_locked(uint64_t set)
{
	ASSERT_HELD(&lock);
	queue_drop_locked(&process_queue, NULL, set);
	fiber_each(drop_one, &set);
}

/* A timer has one signal pending at most: add_overrun(). */
static void drop_timer(struct fiber *f, int timer)
{
	struct signal_node *n, *prev = NULL;

	for (n = queue_of(f)->head; n; prev = n, n = n->next)
		if (n->info.si_code == SI_TIMER && n->info.si_timerid == timer)
			break;
	if (n) {
		unlink_locked(f, prev, n);
		node_free(n);
	}
}

static void drop_timer_one(struct fiber *f, void *timer)
{
	if (f->alive && f->sigqueue.head)
		drop_timer(f, *(int *)timer);
}

void queue_drop_timer_locked(int timer)
{
	ASSERT_HELD(&lock);
	if (process_queue.head)
		drop_timer(NULL, timer);
	fiber_each(drop_timer_one, &timer);
}

void signal_discard_opposite(int sig)
{
	uint64_t bits = 0, mask;

	if (BIT(sig) & STOP_BITS)
		bits = BIT(SIGCONT);
	else if (sig == SIGCONT)
		bits = STOP_BITS;
	if (LIKELY(!bits))
		return;
	mask = signal_lock();
	queue_drop_all_locked(bits);
	signal_unlock(mask);
}

void queue_reset(void)
{
	memset(&process_queue, 0, sizeof(process_queue));
	free_nodes = NULL;
	queued = 0;
	sched_deferred = 0;
	signal_waiters = 0;
}

void queue_claim(struct fiber *f)
{
	uint64_t bits, mask;

	if (!(atomic_load(&process_queue.bits) & ~f->sigmask))
		return;
	mask = signal_lock();
	while ((bits = process_queue.bits & ~f->sigmask) != 0) {
		struct signal_node *n = take_locked(NULL,
						    __builtin_ctzll(bits) + 1);

		n->process = true;
		append(f, n);
	}
	signal_unlock(mask);
}

/* Move the process's signals in set from f's queue to the front of the
 * process's queue: f blocks them now, or exits.  True: there were any. */
static bool give_back_locked(struct fiber *f, uint64_t set)
{
	struct signal_node *n, *next, *keep = NULL, **keep_at = &keep;
	struct signal_node *back = NULL, **back_at = &back;

	ASSERT_HELD(&lock);
	for (n = f->sigqueue.head; n; n = next) {
		next = n->next;
		atomic_fetch_sub(&sched_deferred, 1);
		if (n->process && (BIT(n->info.si_signo) & set)) {
			*back_at = n;
			back_at = &n->next;
			atomic_fetch_or(&process_queue.bits,
					BIT(n->info.si_signo));
		} else {
			*keep_at = n;
			keep_at = &n->next;
		}
	}
	*keep_at = NULL;
	f->sigqueue.head = f->sigqueue.tail = NULL;
	atomic_store(&f->sigqueue.bits, 0);
	for (n = keep; n; n = next) {
		next = n->next;
		append(f, n);
	}
	if (!back)
		return false;
	if (!process_queue.head)
		process_queue.tail =
			(struct signal_node *)((char *)back_at -
					       offsetof(struct signal_node,
							next));
	*back_at = process_queue.head;
	process_queue.head = back;
	return true;
}

/* ---- telling a fiber ---- */

static char kick_mark; /* its address marks a kick */

bool signal_is_kick(const siginfo_t *info)
{
	return info->si_code == SI_QUEUE &&
	       info->si_value.sival_ptr == &kick_mark;
}

/*
 * A fiber that runs, or is inside a blocking call, must be interrupted on its
 * carrier.  The kick is the signal sig itself, with a mark, so that the kernel
 * restarts the call or not as the program asked for sig.
 */
static void kick_by(struct carrier *c, int sig)
{
	siginfo_t info;

	/* One that is held would stay pending on c, for a sigwait or a signalfd
	 * to find. */
	if (!(signals_caught & BIT(sig)) || (signals_held & BIT(sig))) {
		carrier_kick(c);
		return;
	}
	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = rt.pid;
	info.si_value.sival_ptr = &kick_mark;
	atomic_store(&c->marked_kick, true); /* the mark may get lost */
	if (raw_syscall(SYS_rt_tgsigqueueinfo, rt.pid, c->tid, sig, &info) < 0)
		carrier_kick(c);
}

void signal_notify(struct fiber *f, int sig)
{
	struct carrier *c;

	if (f == green_self) {
		signal_kick_self();
		return;
	}
	if (fiber_interrupt(f))
		return;
	c = f->carrier;
	if (c)
		kick_by(c, sig);
}

/* ---- finding a fiber ---- */

struct search {
	uint64_t bit;
	struct fiber *me, *main, *mine, *waiter, *oldest;
};

static bool may_take(struct fiber *f)
{
	return f->alive && !f->ended;
}

static void consider(struct fiber *f, void *arg)
{
	struct search *s = arg;

	if (!may_take(f))
		return;
	if ((f->sigwait & s->bit) && !(f->sigqueue.bits & f->sigwait)) {
		s->waiter = f;
		return;
	}
	if (f->sigmask & s->bit)
		return;
	if (fiber_leads(f))
		s->main = f;
	else if (f == s->me)
		s->mine = f;
	else
		s->oldest = f; /* the list is newest first */
}

/* Linux gives a signal of the process to the main thread if that thread does
 * not block it. *waits: the fiber found is in sigwait. */
static struct fiber *find_fiber(int sig, bool *waits)
{
	struct search s = { .bit = BIT(sig), .me = green_self };

	fiber_each(consider, &s);
	*waits = s.waiter != NULL;
	return s.waiter ? s.waiter
	       : s.main ? s.main
	       : s.mine ? s.mine
			: s.oldest;
}

/* Find a fiber for one signal of the process. *tried: signals for which there
 * is no fiber.  False: no other signal is queued. */
static bool route_one(uint64_t *tried)
{
	uint64_t bits, mask = signal_lock();
	struct signal_node *n;
	struct fiber *f;
	bool waits;
	int sig;

	bits = process_queue.bits & ~*tried & ~signals_held;
	if (!bits) {
		signal_unlock(mask);
		return false;
	}
	sig = __builtin_ctzll(bits) + 1;
	f = find_fiber(sig, &waits);
	if (!f) {
		*tried |= BIT(sig);
		signal_unlock(mask);
		return true;
	}
	n = take_locked(NULL, sig);
	if (!waits && !(signals_caught & BIT(sig))) {
		node_free(n);
		signal_unlock(mask);
		if (!(signals_ignored & BIT(sig)))
			signal_default_or_dump(sig);
		return true;
	}
	n->process = true;
	append(f, n);
	/* A fiber changes its mask without the lock and then looks at its own
	 * queue: if the fiber did not find this signal there, the new mask is
	 * visible here. */
	if (!waits && (f->sigmask & BIT(sig))) {
		give_back_locked(f, BIT(sig));
		signal_unlock(mask);
		return true;
	}
	signal_unlock(mask);
	signal_notify(f, sig);
	return true;
}

bool signal_route(void)
{
	uint64_t tried = 0;
	bool any = false;

	while (route_one(&tried))
		any = true;
	return any;
}

void signal_to_process(int sig, const siginfo_t *info)
{
	uint64_t mask = signal_lock();

	queue_put_locked(NULL, sig, info, false);
	signal_unlock(mask);
}

void signal_to_fiber(struct fiber *f, int sig, const siginfo_t *info)
{
	uint64_t mask = signal_lock();

	if (f->sigmask != ~0ull) /* f has not exited */
		queue_put_locked(f, sig, info, false);
	signal_unlock(mask);
}

/* ---- a fiber's own changes ---- */

void queue_blocked(struct fiber *f, uint64_t set)
{
	uint64_t mask;
	bool any = false;

	if (atomic_load(&f->sigqueue.bits) & set) {
		mask = signal_lock();
		any = give_back_locked(f, set);
		signal_unlock(mask);
	}
	if (any || (atomic_load(&process_queue.bits) & set))
		monitor_kick();
}

void signal_fiber_end(struct fiber *f)
{
	uint64_t mask;
	bool any;

	/*
	 * No mask of a living fiber has every bit set: nobody sends to f now.
	 * A sender takes the lock, then reads the mask; so if the lock is free
	 * after the store, and nothing was sent before, nothing will be, and
	 * the usual exit costs no system call.
	 */
	atomic_store(&f->sigmask, ~0ull);
	if (LIKELY(!atomic_load(&lock.word) &&
		   !atomic_load(&f->sigqueue.bits) &&
		   !atomic_load(&process_queue.bits)))
		return;
	mask = signal_lock();
	any = give_back_locked(f, ~0ull);
	queue_drop_locked(&f->sigqueue, f, ~0ull);
	signal_unlock(mask);
	if (any || process_queue.bits)
		monitor_kick();
}
