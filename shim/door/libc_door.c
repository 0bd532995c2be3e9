/*
 * libc_door.c - jumps from the entry points of libc to the interposers.
 *
 * stdio, the resolver, system(), popen(), syslog() and libc's locks call read,
 * poll, recvfrom and so on inside libc, past the symbol table.  The door writes
 * a jump over the first bytes of those functions, once, while the process has
 * one thread.  The originals are not needed any more, because the runtime makes
 * raw system calls.
 *
 * Rules for the table doors[] below:
 *
 *  - A row is a plain function that is long enough by its ELF symbol, and whose
 *    target does all of its work.  A row is never an IFUNC: that symbol is a
 *    resolver.
 *  - No target may run in posix_spawn()'s child and change the memory that the
 *    child shares with us: dup2, sigaction, execve and __open_nocancel stay as
 *    they are.  The targets of the closes only mark a table entry, so that, at
 *    worst, the runtime asks the kernel about the descriptor again.
 *
 * Left out on purpose:
 *
 *  - pthread_mutex_lock() and its like.  For robust and priority-inheriting
 *    mutexes the shim calls the same entries of libc, and needs the original
 *    bytes.  Of their callers in libc, the dynamic linker has a door of its own
 *    (linker_door.c), and timers and aio hold their locks only for moments.
 *  - fcntl, flock, fsync: no caller in libc waits in them for long.
 */
#include <dlfcn.h>
#include <elf.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "descriptor.h"
#include "door/libc_door.h"
#include "door/linker_door.h"
#include "door/module.h"
#include "door/startup.h"

static int count;
static const char *reason = "not opened yet";
static bool sees_close;

/* _rtld_global.  The dynamic linker has copies of the lock functions that wait
 * in the kernel, so libc has to wait for locks in that data in the kernel,
 * too. */
static uintptr_t linker_data, linker_data_size;

static bool shared_with_linker(const int *word)
{
	return (uintptr_t)word - linker_data < linker_data_size;
}

#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

/* True in the child while libc's fork() has not returned.  The child has one
 * thread, and cannot use the futex table yet. */
static bool in_new_child(void)
{
	return fork_pid && raw_syscall(SYS_getpid) != fork_pid;
}

/* libc's internal lock is 0: free, 1: held, 2: held, and a thread may wait. */
static void lll_wait(int *word)
{
	bool in_kernel = shared_with_linker(word) || in_new_child();

	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0) {
		if (in_kernel)
			raw_syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 2,
				    NULL);
		else
			green_futex_wait((const uint32_t *)word, 2,
					 GREEN_FOREVER, ~0u);
	}
}

static void lll_wake(int *word)
{
	if (shared_with_linker(word) || in_new_child())
		raw_syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
	else
		green_futex_wake((const uint32_t *)word, 1, ~0u);
}

/* Only mark the table entry: posix_spawn()'s child runs this in our memory. */
static int close_unseen(int fd)
{
	fdtab_suspect(fd);
	return (int)PASS(SYS_close, fd);
}

static ssize_t read_nocancel(int fd, void *buf, size_t n)
{
	if (!rt_fiber())
		return PASS(SYS_read, fd, buf, n);
	return as_errno(io_read(fd, buf, n));
}

static ssize_t write_nocancel(int fd, const void *buf, size_t n)
{
	if (!rt_fiber())
		return PASS(SYS_write, fd, buf, n);
	return as_errno(io_write(fd, buf, n));
}

/* Targets that the files of the interposers define by LIBC_DOOR(). */
#define DOORS(X)                                                               \
	X(read), X(readv), X(write), X(writev), X(poll), X(ppoll), X(select),  \
		X(recv), X(recvfrom), X(recvmsg), X(recvmmsg), X(send),        \
		X(sendto), X(sendmsg), X(sendmmsg), X(accept), X(connect),     \
		X(socket), X(open), X(clock_nanosleep)

#define DECLARE(name) door_##name(void)
void DOORS(DECLARE);

struct door {
	const char *name;
	void (*target)(void);
	void *entry; /* in libc; NULL: no jump is written */
};

/* clang-format off */
#define ROW(name)	     { #name, door_##name, NULL }
#define ROW_TO(name, target) { #name, (void (*)(void))(target), NULL }
/* clang-format on */

static struct door doors[] = {
	DOORS(ROW),
	ROW_TO(wait4, wait4),
	ROW_TO(close, close_unseen),
	ROW_TO(__close_nocancel, close_unseen),
	ROW_TO(__read_nocancel, read_nocancel),
	ROW_TO(__write_nocancel, write_nocancel),
	ROW_TO(__lll_lock_wait_private, lll_wait),
	ROW_TO(__lll_lock_wake_private, lll_wake),
};

#define NDOORS ((int)(sizeof(doors) / sizeof(doors[0])))

/* libc's own symbols: the table in which dlsym() has found what it returns. */
static struct module symbols;

/* The entry of the function in libc; NULL if a jump does not fit over it. */
static void *find_entry(void *libc, const char *name)
{
	void *entry = dlsym(libc, name);
	/* Not found: it is another library's, which libc depends on. */
	const ElfW(Sym) *sym = entry ? module_symbol(&symbols, name, entry)
				     : NULL;

	if (!sym || ELF64_ST_TYPE(sym->st_info) != STT_FUNC)
		return NULL;
	return sym->st_size >= ARCH_JUMP_SIZE ? entry : NULL;
}

static void find_linker_data(void *libc)
{
	void *data = dlvsym(libc, "_rtld_global", "GLIBC_PRIVATE");
	const ElfW(Sym) * sym;
	Dl_info info;

	if (data && dladdr1(data, &info, (void **)&sym, RTLD_DL_SYMENT) &&
	    sym && info.dli_saddr == data) {
		linker_data = (uintptr_t)data;
		linker_data_size = sym->st_size;
	}
}

/* True if libc's lock functions are as in glibc 2.34 and later, in which
 * libpthread is part of libc: ordinary C functions, used in pairs. */
static bool knows_locks(void *libc)
{
	return linker_data && dlvsym(libc, "pthread_create", "GLIBC_2.34") &&
	       find_entry(libc, "__lll_lock_wait_private") &&
	       find_entry(libc, "__lll_lock_wake_private");
}

static bool is_single_threaded(void *libc)
{
	const char *single = dlsym(libc, "__libc_single_threaded");

	return !single || *single;
}

static int find_entries(void *libc)
{
	bool locks = knows_locks(libc);
	int i, n = 0;

	for (i = 0; i < NDOORS; i++) {
		struct door *d = &doors[i];

		if (!strncmp(d->name, "__lll_", 6) && !locks)
			continue;
		d->entry = find_entry(libc, d->name);
		/* Never let a function jump to itself. */
		if (d->entry == (void *)d->target)
			d->entry = NULL;
		n += d->entry != NULL;
	}
	return n;
}

static bool is_open(const char *name)
{
	int i;

	for (i = 0; i < NDOORS; i++)
		if (!strcmp(doors[i].name, name))
			return doors[i].entry != NULL;
	return false;
}

/* Write all jumps.  Returns 0, or -errno and writes none. */
static long write_jumps(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t low = UINTPTR_MAX, high = 0, at;
	long r;
	int i;

	for (i = 0; i < NDOORS; i++) {
		if (!doors[i].entry)
			continue;
		at = (uintptr_t)doors[i].entry;
		low = at < low ? at : low;
		high = at + ARCH_JUMP_SIZE > high ? at + ARCH_JUMP_SIZE : high;
	}
	low &= -page;
	high = (high + page - 1) & -page;
	r = raw_syscall(SYS_mprotect, low, high - low,
			PROT_READ | PROT_WRITE | PROT_EXEC);
	if (r < 0)
		return r;
	for (i = 0; i < NDOORS; i++)
		if (doors[i].entry)
			arch_write_jump(doors[i].entry, doors[i].target);
	r = raw_syscall(SYS_mprotect, low, high - low, PROT_READ | PROT_EXEC);
	/* The jumps are there: nothing would be gained by taking them back. */
	if (r < 0)
		rt_say("libc's code stays writable: mprotect: %s (let a "
		       "seccomp filter or security module allow that)",
		       strerror((int)-r));
	return 0;
}

void libc_door_open(void)
{
	void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *map;
	int n;

	reason = NULL;
	if (!libc)
		reason = "libc.so.6 is not loaded";
	else if (dlinfo(libc, RTLD_DI_LINKMAP, &map) ||
		 !module_read_map(&symbols, map))
		reason = "libc's symbols were not found";
	else if (!is_single_threaded(libc))
		reason = "the process has several threads already";
	if (reason)
		return;
	find_linker_data(libc);
	if (linker_data)
		linker_door_open(libc, (void *)linker_data, linker_data_size);
	n = find_entries(libc);
	if (n == 0)
		reason = "no entry point of libc was found";
	else if (write_jumps() < 0)
		reason = "the kernel does not allow writing to libc's code";
	if (reason)
		return;
	count = n;
	sees_close = is_open("close") && is_open("__close_nocancel");
}

int libc_door_count(void)
{
	return count;
}

const char *libc_door_reason(void)
{
	return reason;
}

bool libc_door_sees_close(void)
{
	return sees_close;
}
