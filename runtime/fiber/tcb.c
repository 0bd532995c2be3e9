/*
 * Thread control blocks of fibers, laid out as glibc lays out a thread's.
 *
 * A TCB area is static TLS with struct pthread above it.  ld.so initializes the
 * area (_dl_allocate_tls); the fields of struct pthread that glibc sets when it
 * creates a thread are set here.  Offsets come from what libc publishes for
 * debuggers (_thread_db_*), or are measured on the main thread.
 *
 * An area is recycled with its fiber.  libc's own TLS block is kept, as it
 * contains malloc's per-thread cache, which stays valid; every other module's
 * block returns to its initial image (tls_modules.c).
 */
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <linux/futex.h>
#include <locale.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/rseq.h>

#include "base/assert.h"
#include "fiber/layout.h"
#include "fiber/tls_modules.h"

/* rseq's cpu_id, so that sched_getcpu() asks the kernel */
#define RSEQ_UNREGISTERED ((uint32_t)-2)
#define RSEQ_LENGTH	  32  /* the least that libc registers */
#define TCB_HEADER_SIZE	  704 /* sizeof(tcbhead_t), part of the ABI */

union dtv {
	size_t counter;
	struct {
		void *val, *to_free;
	} pointer;
};

long tcb_cancel_offset = -1;
long tcb_random_offset;
struct code_range libc_text;

static void *(*allocate_tls)(void *);
static void (*call_tls_dtors)(void);
static size_t static_size, static_align, pthread_size;
static long list_offset, specific_offset, robust_offset, rseq_offset;
static unsigned rseq_length;
static uintptr_t spare_random; /* a state that find_random() took */
static long joinstate_offset;  /* 0: this libc has none */
static uint32_t joinstate;     /* a living thread's */
static ptrdiff_t self_offset;  /* of green_self from the TCB */

static void *libc_private(const char *name)
{
	return dlvsym(RTLD_DEFAULT, name, "GLIBC_PRIVATE");
}

/* The offset of a field, from libc's descriptor for debuggers (three words:
 * bits, number of elements, offset); -1: libc publishes none. */
static long published_offset(const char *name)
{
	const uint32_t *d = libc_private(name);

	return d ? (long)d[2] : -1;
}

void tcb_find_tid(void)
{
	tcb_tid_offset = published_offset("_thread_db_pthread_tid");
}

size_t tcb_area_size(void)
{
	return static_size + static_align + 64;
}

static void set_pthread_fields(char *tcb)
{
	void **list = (void **)(tcb + list_offset);

	list[0] = list[1] = list;
	if (robust_offset) {
		void **robust = (void **)(tcb + robust_offset);

		robust[0] = robust;  /* list, empty */
		robust[-1] = robust; /* robust_prev */
		/* futex_offset is the same for every thread */
		memcpy(&robust[1], (char *)arch_tls_base() + robust_offset + 8,
		       sizeof(void *));
	}
	if (rseq_offset) {
		uint32_t *rseq = (uint32_t *)(tcb + rseq_offset);

		rseq[0] = 0;
		rseq[1] = RSEQ_UNREGISTERED;
	}
	if (joinstate_offset)
		*(uint32_t *)(tcb + joinstate_offset) = joinstate;
}

void *tcb_make(void *area_top)
{
	uintptr_t at = (uintptr_t)area_top - pthread_size;
	char *tcb = (char *)(at & ~(uintptr_t)(static_align - 1));

	/* static_size includes struct pthread. */
	if (!allocate_tls(tcb))
		return NULL;
	arch_tcb_init(tcb);
	set_pthread_fields(tcb);
	if (spare_random)
		*(uintptr_t *)(tcb + tcb_random_offset) =
			__atomic_exchange_n(&spare_random, 0, __ATOMIC_RELAXED);
	return tcb;
}

/*
 * In a new TCB the first call of getrandom(2) sets the pointer; the main thread
 * may have called before.  The caller runs on that TCB meanwhile, with all
 * signals blocked.  before: room for a copy.
 */
static void find_random(void *libc, char *tcb, uintptr_t *before)
{
	ssize_t (*fill)(void *, size_t, unsigned) = dlsym(libc, "getrandom");
	uintptr_t *words = (uintptr_t *)tcb, own = arch_tls_base();
	uint64_t all = ~0ull, mask;
	size_t i;
	long found = 0;
	char byte;

	if (!fill)
		return;
	memcpy(before, tcb, pthread_size);
	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &mask, 8);
	arch_set_tls_base((uintptr_t)tcb);
	fill(&byte, 1, GRND_NONBLOCK);
	arch_set_tls_base(own);
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	for (i = TCB_HEADER_SIZE / 8; i < pthread_size / 8 && found >= 0; i++)
		if (words[i] != before[i])
			found = found || before[i] ? -1 : (long)i;
	if (found <= 0)
		return;
	tcb_random_offset = found * 8;
	spare_random = words[found] & ~1ul;
}

/*
 * Since glibc 2.43 a word tells whether a thread exists for libc; that of a new
 * TCB says that it has exited, and libc's functions refuse it.  Find the word
 * of the main thread's that makes them accept the TCB.
 */
static void find_joinstate(void *libc, char *tcb)
{
	int (*get)(char *, int *,
		   struct sched_param *) = dlsym(libc, "pthread_getschedparam");
	uint32_t *words = (uint32_t *)tcb, *mains = (void *)arch_tls_base();
	int *tid = (int *)(tcb + tcb_tid_offset), policy;
	struct sched_param param;
	size_t i;

	*tid = (int)raw_syscall(SYS_gettid);
	if (get && get(tcb, &policy, &param) == ESRCH) {
		for (i = TCB_HEADER_SIZE / 4; i < pthread_size / 4; i++) {
			uint32_t was = words[i];

			if (was || !mains[i])
				continue;
			words[i] = mains[i];
			if (get(tcb, &policy, &param) == 0)
				break;
			words[i] = was;
		}
		if (i < pthread_size / 4) {
			joinstate_offset = (long)i * 4;
			joinstate = mains[i];
		}
	}
	*tid = 0;
}

/* Find what libc does not publish, by a TCB that no thread uses. */
static void measure(void)
{
	void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
	void (*give_back)(void *, bool) = libc_private("_dl_deallocate_tls");
	size_t size = (tcb_area_size() + 15) & ~15ul;
	char *area, *tcb;

	if (!libc || !give_back)
		return;
	area = calloc(1, size + pthread_size);
	tcb = area ? tcb_make(area + size) : NULL;
	if (tcb) {
		find_joinstate(libc, tcb);
		find_random(libc, tcb, (uintptr_t *)(area + size));
		give_back(tcb, false);
	}
	free(area);
}

int tcb_init(void)
{
	void (*static_info)(size_t *, size_t *);
	const uint32_t *size;
	const ptrdiff_t *rseq;
	const unsigned *length;
	void *head = NULL;
	size_t len;

	if (static_size)
		return 0;
	allocate_tls = libc_private("_dl_allocate_tls");
	call_tls_dtors = libc_private("__call_tls_dtors");
	static_info = libc_private("_dl_get_tls_static_info");
	size = libc_private("_thread_db_sizeof_pthread");
	tcb_find_tid();
	list_offset = published_offset("_thread_db_pthread_list");
	specific_offset = published_offset("_thread_db_pthread_specific");
	tcb_cancel_offset = published_offset(
		"_thread_db_pthread_cancelhandling");
	if (!allocate_tls || !call_tls_dtors || !static_info || !size ||
	    tcb_tid_offset < 0 || list_offset < 0 || specific_offset < 0)
		return -ENOSYS;
	libc_text = code_around(call_tls_dtors);
	static_info(&static_size, &static_align);
	pthread_size = *size;
	rseq = dlsym(RTLD_DEFAULT, "__rseq_offset");
	rseq_offset = rseq ? *rseq : 0;
	length = dlsym(RTLD_DEFAULT, "__rseq_size");
	if (length && *length) /* the bytes in use; 0: not registered */
		rseq_length = *length > RSEQ_LENGTH ? (*length + 31) & ~31u
						    : RSEQ_LENGTH;
	/* libc publishes no offset for the robust list, but has registered that
	 * of the main thread with the kernel. */
	if (raw_syscall(SYS_get_robust_list, 0, &head, &len) == 0 && head)
		robust_offset = (long)((uintptr_t)head - arch_tls_base());
	if (robust_offset < 0 || robust_offset >= (long)pthread_size)
		robust_offset = 0;
	self_offset = (char *)&green_self - (char *)arch_tls_base();
	measure();
	return tls_modules_init();
}

void tcb_reset(void *tcb_)
{
	char *tcb = tcb_;
	union dtv *dtv = *arch_tcb_dtv(tcb);
	void **specific = (void **)(tcb + specific_offset);
	size_t i, n = dtv[-1].counter;
	uintptr_t random = 0;

	/* ld.so allocates the blocks of dynamically loaded modules again on
	 * first use. */
	for (i = 1; i <= n; i++) {
		if (dtv[i].pointer.to_free) {
			free(dtv[i].pointer.to_free);
			dtv[i].pointer.to_free = NULL;
			dtv[i].pointer.val = (void *)-1l;
		}
	}
	/* Second-level key blocks; the first block is inside the TCB. */
	for (i = 1; i < 32; i++)
		if (specific[i])
			free(specific[i]);
	if (tcb_random_offset)
		random = *(uintptr_t *)(tcb + tcb_random_offset);
	memset(tcb + TCB_HEADER_SIZE, 0, pthread_size - TCB_HEADER_SIZE);
	set_pthread_fields(tcb);
	/* libc sets the lowest bit while it uses the state: the thread may have
	 * exited from a signal handler in between. */
	if (random)
		*(uintptr_t *)(tcb + tcb_random_offset) = random & ~1ul;
	tls_reset(tcb);
}

void tcb_list_instead(void *listed, void *tcb)
{
	void ***from = (void ***)((char *)listed + list_offset);
	void ***to = (void ***)((char *)tcb + list_offset);

	/* struct list_head: next, prev; a node on no list points to itself. */
	if (from[0] == (void **)from)
		return;
	to[0] = from[0];
	to[1] = from[1];
	to[0][1] = to;
	to[1][0] = to;
	from[0] = from[1] = (void **)from;
}

void tcb_set(void *tcb, int tid, struct fiber *self)
{
	*(int *)((char *)tcb + tcb_tid_offset) = tid;
	*(struct fiber **)((char *)tcb + self_offset) = self;
}

/* green_self lies in static TLS: so an alien's TCB has it too, as NULL. */
struct fiber *tcb_fiber(uintptr_t tcb)
{
	struct fiber *f;

	if (!tcb || !static_size)
		return NULL;
	f = *(struct fiber **)(tcb + (uintptr_t)self_offset);
	if (!f || f->tcb != tcb)
		return NULL;
	INVARIANT(f->magic == FIBER_MAGIC);
	return f;
}

/* Release one robust mutex of the exiting thread tid, as the kernel does
 * (handle_futex_death()): mark its word and wake a waiter. */
static void robust_word_leave(uint32_t *word, uint32_t tid)
{
	uint32_t v = __atomic_load_n(word, __ATOMIC_RELAXED);

	while ((v & FUTEX_TID_MASK) == tid) {
		if (!__atomic_compare_exchange_n(
			    word, &v, (v & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
			    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			continue;
		if (v & FUTEX_WAITERS)
			raw_syscall(SYS_futex, word, FUTEX_WAKE, 1);
		return;
	}
}

/*
 * libc keeps a list in each TCB of the robust mutexes that the thread owns.
 * The kernel walks that list when a kernel thread exits, and does not know of
 * fibers.  Layout: struct robust_list_head (linux/futex.h).
 */
void tcb_leave_robust(void)
{
	char *tcb = (char *)arch_tls_base();
	void **head = (void **)(tcb + robust_offset);
	uint32_t tid = (uint32_t)rt_tid();
	char *entry, *pending, *next;
	int limit = ROBUST_LIST_LIMIT;
	long to_word;

	if (!robust_offset || (head[0] == head && !head[2]))
		return;
	to_word = (long)head[1];
	pending = (char *)((uintptr_t)head[2] & ~1ul);
	for (entry = head[0]; entry != (char *)head && limit--; entry = next) {
		/* The lowest bit marks a priority-inheritance mutex. */
		entry = (char *)((uintptr_t)entry & ~1ul);
		/* Read this before the release: the next owner may free the
		 * mutex. */
		next = *(char **)entry;
		if (entry != pending)
			robust_word_leave((uint32_t *)(entry + to_word), tid);
	}
	if (pending)
		robust_word_leave((uint32_t *)(pending + to_word), tid);
	/* While the fiber is pinned for a time, the list belongs to its kernel
	 * thread: robust_fiber_end() deals with what is left. */
	if (green_self && green_self->pins)
		return;
	head[0] = head;
	head[-1] = head;
	head[2] = NULL;
}

struct robust_list_head *tcb_robust_list(void)
{
	return (void *)(arch_tls_base() + (uintptr_t)robust_offset);
}

static void tcb_store_tid(int tid)
{
	*(int *)(arch_tls_base() + (uintptr_t)tcb_tid_offset) = tid;
}

void kernel_self_begin(void)
{
	tcb_store_tid((int)raw_syscall(SYS_gettid));
}

void kernel_self_end(void)
{
	tcb_store_tid(green_self->tid);
}

struct robust_list_head *tcb_list_register(struct robust_list_head *list)
{
	struct robust_list_head *before = NULL;
	size_t size;

	if (!robust_offset)
		return NULL;
	raw_syscall(SYS_get_robust_list, 0, &before, &size);
	raw_syscall(SYS_set_robust_list, list ? list : tcb_robust_list(),
		    sizeof(*before));
	return before;
}

/*
 * libc registers an area in each thread's TCB with rseq(2), where the kernel
 * keeps the thread's CPU number.  But a fiber moves between kernel threads, and
 * a fiber that forks, or its child, may outlive the TCB of the kernel thread
 * that it runs on.  So carriers give up the registration; programs find rseq
 * unregistered, as on an old kernel.
 */
void tcb_leave_rseq(void)
{
	uint32_t *rseq = (uint32_t *)((char *)arch_tls_base() + rseq_offset);

	if (rseq_offset && rseq_length &&
	    raw_syscall(SYS_rseq, rseq, rseq_length, RSEQ_FLAG_UNREGISTER,
			RSEQ_SIG) == 0)
		rseq[1] = RSEQ_UNREGISTERED;
}

void tcb_run_destructors(void)
{
	call_tls_dtors();
}
