/*
 * features.c - see features.h.
 *
 * Each is tried in this process and not told from a version: vendors add to
 * old kernels, administrators and containers take away from new ones.  The
 * calls tried are those that the runtime makes itself.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "features.h"
#include "process/values.h"

/* The headers of older systems do not have these. */
#define GUARD_INSTALL	102
#define USER_DISPATCH	59
#define DISPATCH_OFF	0
#define NR_IO_URING	425
#define NR_PIDFD_OPEN	434
#define HWCAP2_FSGSBASE 2

static bool has_fsgsbase(void)
{
#ifdef __x86_64__
	return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
#else
	return true; /* the TLS register can always be written */
#endif
}

static bool has_guard_pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	bool found;
	void *p;

	p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	found = madvise(p, page, GUARD_INSTALL) == 0;
	munmap(p, page);
	return found;
}

/* Reading an empty pipe must fail because it is empty (EAGAIN). */
static bool has_pipe_nowait(void)
{
	char byte;
	struct iovec v = { &byte, 1 };
	bool found;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	found = preadv2(ends[0], &v, 1, -1, RWF_NOWAIT) < 0 && errno == EAGAIN;
	close(ends[0]);
	close(ends[1]);
	return found;
}

static bool has_pidfd(void)
{
	int fd = (int)syscall(NR_PIDFD_OPEN, getpid(), 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A kernel that has it allows switching it off when it is not on. */
static bool has_dispatch(void)
{
	return prctl(USER_DISPATCH, DISPATCH_OFF, 0, 0, 0) == 0;
}

/* A kernel that has it complains about the arguments. */
static bool has_io_uring(void)
{
	return syscall(NR_IO_URING, 0, NULL) < 0 && errno != ENOSYS &&
	       errno != EPERM;
}

/* Opening the libc door takes the same two calls. */
static bool can_write_libc(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t function = (uintptr_t)dlsym(RTLD_DEFAULT, "getpid");
	void *at = (void *)(function & -page);
	bool can;

	if (!at)
		return false;
	can = mprotect(at, page, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
	return mprotect(at, page, PROT_READ | PROT_EXEC) == 0 && can;
}

/* Map it as the loader does; a file system mounted with noexec refuses. */
static bool can_preload(const char *library)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open(library, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd >= 0) {
		p = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		close(fd);
	}
	if (p != MAP_FAILED)
		munmap(p, page);
	return p != MAP_FAILED;
}

static bool can_read_self(void)
{
	int from = 1, to = 0;
	struct iovec local = { &to, sizeof(to) };
	struct iovec remote = { &from, sizeof(from) };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) ==
	       (ssize_t)sizeof(to);
}

/* The number in a file of /proc, or `otherwise` if there is none. */
static long read_number(const char *path, long otherwise)
{
	FILE *f = fopen(path, "re");
	long n = otherwise;

	if (!f)
		return otherwise;
	if (fscanf(f, "%ld", &n) != 1)
		n = otherwise;
	fclose(f);
	return n;
}

static bool can_attach(void)
{
	long scope = read_number("/proc/sys/kernel/yama/ptrace_scope", 0);

	return scope == 0 || (scope < 3 && geteuid() == 0);
}

static void set(struct feature *f, const char *name, const char *title,
		bool found, const char *used, const char *instead)
{
	f->name = name;
	f->title = title;
	f->found = found;
	f->use = found ? used : instead;
}

static void probe_kernel(struct feature f[FEATURES])
{
	set(&f[FEATURE_FSGSBASE], "fsgsbase", "FSGSBASE", has_fsgsbase(),
	    "a switch of threads writes the TLS register itself",
	    "a system call at each switch of threads (arch_prctl)");
	set(&f[FEATURE_GUARD_PAGES], "guard-pages", "guard pages",
	    has_guard_pages(), "the stack of a thread is one mapping",
	    "mprotect: the stack of a thread is two mappings");
	set(&f[FEATURE_PIPE_NOWAIT], "pipe-nowait", "RWF_NOWAIT on pipes",
	    has_pipe_nowait(), "pipes are read and written at once",
	    "poll is asked before each read and write of a pipe");
	set(&f[FEATURE_PIDFD], "pidfd", "pidfd", has_pidfd(),
	    "the event loop waits for a child's end",
	    "a kernel thread of the pool waits for a child's end");
	set(&f[FEATURE_SUD], "syscall-user-dispatch", "Syscall User Dispatch",
	    has_dispatch(),
	    "greenrun --raw sees the system calls of a program's own",
	    "no --raw: system calls of a program's own block a kernel thread");
	set(&f[FEATURE_IO_URING], "io-uring", "io_uring", has_io_uring(),
	    "not used: files are tried with RWF_NOWAIT, then read on the pool",
	    "not missed: files are tried with RWF_NOWAIT, then read on the "
	    "pool");
}

void features_probe(struct feature f[FEATURES], const char *library)
{
	probe_kernel(f);
	set(&f[FEATURE_LIBC_DOOR], "libc-door", "writable libc code",
	    can_write_libc(),
	    "waits inside libc, in fgets or getaddrinfo, park as well",
	    "waits inside libc, in fgets or getaddrinfo, block a kernel "
	    "thread");
	set(&f[FEATURE_PRELOAD], "preload", "loading the library",
	    can_preload(library), "it can be mapped as code",
	    "none: the file system or a policy forbids running its code");
	set(&f[FEATURE_SELF_READ], "self-read", "process_vm_readv",
	    can_read_self(), "the dump looks at locks and stacks",
	    "the dump tells neither owners of locks nor places in the code");
	set(&f[FEATURE_DEBUGGER], "debugger", "ptrace of other processes",
	    can_attach(), "gdb can attach to a running program",
	    "gdb as root, or the dump (kill -USR2)");
}

static long limit(int which, bool hard)
{
	struct rlimit r;
	rlim_t value;

	if (getrlimit((__rlimit_resource_t)which, &r) < 0)
		return -1;
	value = hard ? r.rlim_max : r.rlim_cur;
	return value == RLIM_INFINITY ? -1 : (long)value;
}

void ceilings_read(struct ceilings *out)
{
	const char *stack = getenv("GREENSHIM_STACK");
	size_t bytes;

	out->descriptors = limit(RLIMIT_NOFILE, false);
	out->descriptors_hard = limit(RLIMIT_NOFILE, true);
	out->address_space = limit(RLIMIT_AS, false);
	out->mappings = read_number("/proc/sys/vm/max_map_count", -1);
	out->strict_memory = read_number("/proc/sys/vm/overcommit_memory", 0) ==
			     2;
	out->stack = limit(RLIMIT_STACK, false);
	if (stack && *stack && !value_stack(stack, &bytes))
		out->stack = (long)bytes;
	if (out->stack <= 0)
		out->stack = 8L << 20;
}
