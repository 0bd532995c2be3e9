/*
 * linker_door.c - the dynamic linker's locks.
 *
 * ld.so locks and unlocks its mutexes by pointers to two libc functions.  The
 * door replaces both pointers, once, while the process has one thread, for two
 * reasons:
 *
 *  - A fiber may park while it holds such a lock: a constructor sleeps, a
 *    callback of dl_iterate_phdr() yields.  With libc's function a contender
 *    would block its hub, on which the owner may have to run.
 *  - When dlopen() and dlclose() release the lock over TLS, no constructor has
 *    run yet: this is the only moment to initialise the TLS blocks of the
 *    fibers for a new library (tls_modules.c).  An interposer of dlopen() would
 *    run too late, and would hide the caller, whose RUNPATH dlopen() searches.
 *
 * libc (dlsym, dladdr, the destructors of thread_local objects) locks the same
 * mutexes by its own functions, for moments in which no fiber parks.  Such an
 * unlock wakes no fiber, so a fiber that waits here also looks at the lock from
 * time to time; and an unlock here wakes both fibers and kernel threads.
 *
 * To learn which lock is which, the door watches libc take them at start.
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

enum { FUTEX_WAKE = 1, FUTEX_PRIVATE = 128 };

/* The longest delay that an unlock by libc itself can cause a waiting fiber. */
#define LOOK_AGAIN_NS 1000000

static int (*libc_lock)(pthread_mutex_t *);
static int (*libc_unlock)(pthread_mutex_t *);
/* _dl_load_lock, over a whole dlopen() or dlclose(); _dl_load_tls_lock, over
 * the modules in TLS; _dl_load_write_lock, over the list of libraries. */
static pthread_mutex_t *load_lock;
static pthread_mutex_t *tls_lock;
static pthread_mutex_t *write_lock;
static bool is_open;

static bool linker_is_mine(pthread_mutex_t *m)
{
	return PEEK(m->__data.__owner) == rt_tid();
}

static int linker_take(pthread_mutex_t *m)
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

static void linker_release(pthread_mutex_t *m)
{
	uint32_t *word = (uint32_t *)&m->__data.__lock;

	if (--m->__data.__count)
		return;
	m->__data.__owner = 0;
	m->__data.__nusers--;
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) != 2)
		return;
	green_futex_wake(word, 1, ANY_WAITER);
	raw_syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE, 1);
}

/* The tid of the thread inside prepare(), written under load_lock.  A tid, not
 * a flag: the child of a fork may inherit that of another thread. */
static int preparer;

/* True if m is the lock over TLS and the caller is in dlopen() or dlclose(),
 * not in the creation of a thread or the first access to a TLS variable. */
static bool libraries_change(pthread_mutex_t *m)
{
	return m == tls_lock && linker_is_mine(load_lock) &&
	       !linker_is_mine(tls_lock) && preparer != rt_tid();
}

/*
 * dlopen() keeps the lock over TLS while it reads files and relocates.  No
 * thread can make a kernel thread meanwhile, to take over the caller's hub, so
 * make the spare carriers before.
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
 * ld.so takes the lock over TLS, and then, for moments, the lock over the list,
 * which a parked callback of dl_iterate_phdr() may hold.  But to make a kernel
 * thread needs the lock over TLS.  So take the lock over the list first: then
 * no thread waits for a parked fiber while it holds the lock over TLS.
 */
static int linker_lock(pthread_mutex_t *m)
{
	if (libraries_change(m)) {
		prepare();
		linker_take(write_lock);
	}
	return linker_take(m);
}

static int linker_unlock(pthread_mutex_t *m)
{
	linker_release(m);
	if (libraries_change(m)) {
		if (rt_started)
			tls_modules_changed();
		linker_release(write_lock);
	}
	return 0;
}

static bool try_tls(void)
{
	return mutex_trylock(tls_lock) == 0;
}

static void leave_tls(void)
{
	linker_release(tls_lock);
}

/* ---- learning which lock is which ---- */

static pthread_mutex_t *seen[2]; /* the outer lock, the inner lock */
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

/* A callback of dl_iterate_phdr(): find the mutex in _rtld_global that libc
 * holds during the callback. */
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
	uintptr_t relro, relro_end; /* pages that ld.so made read-only */
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

/* Find ld.so's pointers to libc's lock functions.  base: the address of ld.so,
 * where its ELF header is. */
static bool linker_find_slots(const char *base, struct slots *s)
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
	    !linker_find_slots(info.dli_fbase, &s) ||
	    !set_slots(&s, lock_and_note, unlock_and_note))
		return;
	/* A name that no library has: for one that is loaded, glibc 2.43 answers
	 * before it takes the inner lock. */
	dlopen("/libgreenshim.none", RTLD_LAZY | RTLD_NOLOAD);
	dlerror();
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

/* ---- the only libc function that calls the program with a lock held ---- */

static void unlock_held(pthread_mutex_t **m)
{
	linker_release(*m);
}

/* The cleanup also runs when an exception leaves the callback (-fexceptions:
 * Makefile). */
static int iterate_locked(int (*fn)(struct dl_phdr_info *, size_t, void *),
			  void *arg)
{
	pthread_mutex_t *held
		__attribute__((cleanup(unlock_held))) = write_lock;

	linker_take(held);
	return LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(fn, arg);
}

INTERPOSE(int, dl_iterate_phdr,
	  (int (*fn)(struct dl_phdr_info *, size_t, void *), void *arg))
{
	if (!is_open || !rt_fiber())
		return LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(fn, arg);
	return iterate_locked(fn, arg);
}
