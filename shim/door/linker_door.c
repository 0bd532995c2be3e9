/*
 * linker_door.c - the dynamic linker's locks.
 *
 * ld.so locks and unlocks its mutexes by two functions of libc's, to which it
 * has pointers.  We put two of our own in their place, once, while there is
 * one thread, for two reasons:
 *
 *  - A fiber may park with such a lock held: a constructor sleeps, a callback
 *    of dl_iterate_phdr() yields.  libc's function would make a contender
 *    block its hub, on which the holder may have to run.
 *  - The moment when dlopen and dlclose leave the lock over TLS is the one
 *    moment, before any constructor runs, in which the fibers' blocks for a
 *    new library can be initialised (tls_modules.c).  Interposing dlopen would
 *    be too late, and would hide its caller, in whose RUNPATH it looks.
 *
 * libc itself (dlsym, dladdr, the destructors of thread_local objects) uses
 * the same locks by its own functions, for moments in which it never parks.
 * So a fiber that waits here is woken by us, but looks again now and then; and
 * an unlock here wakes in both places.
 *
 * Which lock is which is learnt by watching libc take them.
 */
#include <dlfcn.h>
#include <elf.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "door/linker_door.h"
#include "objects.h"

enum { FUTEX_WAKE_OP = 1, FUTEX_PRIVATE = 128 };

/* What libc's own short critical sections may cost a contender at most. */
#define LOOK_AGAIN_NS 1000000

static int (*libc_lock)(pthread_mutex_t *);
static int (*libc_unlock)(pthread_mutex_t *);
static pthread_mutex_t *load_lock;  /* over dlopen and dlclose as a whole */
static pthread_mutex_t *tls_lock;   /* over what there is in TLS */
static pthread_mutex_t *write_lock; /* over the list of libraries */
static bool is_open;

static bool is_mine(pthread_mutex_t *m)
{
	return PEEK(m->__data.__owner) == rt_tid();
}

static int lock(pthread_mutex_t *m)
{
	uint32_t *word = (uint32_t *)&m->__data.__lock;

	if (LIKELY(mutex_trylock(m) == 0))
		return 0;
	if (!rt_fiber())
		return libc_lock(m);
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
		green_futex_wait(word, 2, green_now() + LOOK_AGAIN_NS,
				 ANY_WAITER);
	m->__data.__count = 1;
	m->__data.__owner = rt_tid();
	m->__data.__nusers++;
	return 0;
}

static void unlock(pthread_mutex_t *m)
{
	uint32_t *word = (uint32_t *)&m->__data.__lock;

	if (--m->__data.__count)
		return;
	m->__data.__owner = 0;
	m->__data.__nusers--;
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) != 2)
		return;
	green_futex_wake(word, 1, ANY_WAITER);
	raw_syscall(SYS_futex, word, FUTEX_WAKE_OP | FUTEX_PRIVATE, 1);
}

static int preparer; /* a thread's number; under load_lock, but for a fork */

/* In dlopen or dlclose, and not for each thread that is made, or that first
 * touches a variable. */
static bool libraries_change(pthread_mutex_t *m)
{
	return m == tls_lock && is_mine(load_lock) && !is_mine(tls_lock) &&
	       preparer != rt_tid();
}

/*
 * dlopen keeps the lock over TLS for as long as it reads files and relocates,
 * and nobody can make a kernel thread meanwhile, to take over its hub.
 */
static void prepare(void)
{
	if (!rt_fiber())
		return;
	preparer = rt_tid();
	carrier_have_spares();
	preparer = 0;
}

/*
 * ld.so takes the lock over TLS and then, for moments, the one over the list,
 * which a parked callback of dl_iterate_phdr() may have.  But every kernel
 * thread that is made needs the former.  So we take them the other way round.
 */
static int linker_lock(pthread_mutex_t *m)
{
	if (libraries_change(m)) {
		prepare();
		lock(write_lock);
	}
	return lock(m);
}

static int linker_unlock(pthread_mutex_t *m)
{
	unlock(m);
	if (libraries_change(m)) {
		if (rt_started)
			tls_modules_changed();
		unlock(write_lock);
	}
	return 0;
}

static bool try_tls(void)
{
	return mutex_trylock(tls_lock) == 0;
}

static void leave_tls(void)
{
	unlock(tls_lock);
}

/* ---- learning which is which ---- */

static pthread_mutex_t *seen[2]; /* the outermost lock, the one within */
static int depth;

static int lock_and_note(pthread_mutex_t *m)
{
	if (depth < 2 && !seen[depth])
		seen[depth] = m;
	depth++;
	return libc_lock(m);
}

static int unlock_and_note(pthread_mutex_t *m)
{
	depth--;
	return libc_unlock(m);
}

/* In a callback of dl_iterate_phdr: the mutex that is locked meanwhile. */
struct region {
	char *at, *end;
};

static int find_locked(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct region *data = arg;
	char *p;
	int found = 0;

	(void)info;
	(void)size;
	for (p = data->at; p + sizeof(pthread_mutex_t) <= data->end; p += 8) {
		pthread_mutex_t *m = (pthread_mutex_t *)p;

		if (m->__data.__lock == 1 && m->__data.__count == 1 &&
		    m->__data.__owner == rt_tid() && m->__data.__nusers == 1 &&
		    m->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP) {
			write_lock = m;
			found++;
		}
	}
	if (found != 1)
		write_lock = NULL;
	return 1;
}

/* ---- the pointers ---- */

struct slots {
	void **lock, **unlock;
	int n;
	uintptr_t relro, relro_end; /* what ld.so made read-only */
};

static void scan(struct slots *s, void **from, void **to)
{
	for (; from < to; from++) {
		if (*from == (void *)libc_lock)
			s->lock = from;
		else if (*from == (void *)libc_unlock)
			s->unlock = from;
		else
			continue;
		s->n++;
	}
}

/* base: where ld.so is mapped, which begins with its ELF header. */
static bool find_slots(const char *base, struct slots *s)
{
	const ElfW(Ehdr) *eh = (const ElfW(Ehdr) *)base;
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)(base + eh->e_phoff);
	int i;

	for (i = 0; i < eh->e_phnum; i++) {
		void **from = (void **)((base + ph[i].p_vaddr));

		if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_W))
			scan(s, from, from + ph[i].p_memsz / sizeof(*from));
		if (ph[i].p_type == PT_GNU_RELRO) {
			s->relro = (uintptr_t)from;
			s->relro_end = (uintptr_t)from + ph[i].p_memsz;
		}
	}
	return s->n == 2 && s->lock && s->unlock;
}

static bool set_slots(const struct slots *s, void *lock_fn, void *unlock_fn)
{
	uintptr_t page = (uintptr_t)getpagesize();
	void **low = s->lock < s->unlock ? s->lock : s->unlock;
	void **high = s->lock < s->unlock ? s->unlock : s->lock;
	uintptr_t from = (uintptr_t)low & -page;
	uintptr_t to = ((uintptr_t)(high + 1) + page - 1) & -page;
	bool read_only = (uintptr_t)low >= s->relro &&
			 (uintptr_t)high < (s->relro_end & -page);

	if (raw_syscall(SYS_mprotect, from, to - from, PROT_READ | PROT_WRITE))
		return false;
	*s->lock = lock_fn;
	*s->unlock = unlock_fn;
	if (read_only)
		raw_syscall(SYS_mprotect, from, to - from, PROT_READ);
	return true;
}

void linker_door_open(void *libc, void *data, size_t size)
{
	struct region region = { data, (char *)data + size };
	struct slots s = { 0 };
	Dl_info info;

	libc_lock = dlsym(libc, "pthread_mutex_lock");
	libc_unlock = dlsym(libc, "pthread_mutex_unlock");
	if (!libc_lock || !libc_unlock || !dladdr(data, &info) ||
	    !find_slots(info.dli_fbase, &s) ||
	    !set_slots(&s, lock_and_note, unlock_and_note))
		return;
	dlclose(dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD));
	load_lock = seen[0];
	tls_lock = seen[1];
	LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(find_locked, &region);
	is_open = load_lock && tls_lock && write_lock &&
		  load_lock != tls_lock && !depth;
	if (is_open) {
		linker_try = try_tls;
		linker_leave = leave_tls;
	}
	set_slots(&s, is_open ? linker_lock : libc_lock,
		  is_open ? linker_unlock : libc_unlock);
}

bool linker_door_is_open(void)
{
	return is_open;
}

/* ---- the one of libc's functions that calls the program meanwhile ---- */

static void let_go(pthread_mutex_t **m)
{
	unlock(*m);
}

/* Also when the callback is left by an exception (-fexceptions: Makefile). */
static int iterate_locked(int (*fn)(struct dl_phdr_info *, size_t, void *),
			  void *arg)
{
	pthread_mutex_t *held __attribute__((cleanup(let_go))) = write_lock;

	lock(held);
	return LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(fn, arg);
}

INTERPOSE(int, dl_iterate_phdr,
	  (int (*fn)(struct dl_phdr_info *, size_t, void *), void *arg))
{
	if (!is_open || !rt_fiber())
		return LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(fn, arg);
	return iterate_locked(fn, arg);
}
