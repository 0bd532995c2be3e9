/*
 * How far select(2) looks.
 *
 * The kernel cuts select's n down to the size of the process's table of
 * descriptors, and programs rely on that: select(getdtablesize(), ...) with an
 * fd_set, at an rlimit that no fd_set has room for.  The runtime's own
 * descriptors make the kernel's table larger than the program's would be.
 */
#include <sys/mman.h>

#include "base/map.h"
#include "io/io.h"

#define SPAN_MIN 64 /* the table that each process begins with */
#define SPAN_MAX (1 << 20)
#define SPAN_ANY 1024 /* an fd_set: where the kernel does not say */

static _Atomic int span;

/* The kernel's table grows to a power of two. */
static int span_of(int n)
{
	int size = SPAN_MIN;

	while (size < n && size < SPAN_MAX)
		size *= 2;
	return size;
}

/* end: what lies behind it cannot be read.  0 or -EFAULT: the kernel's table is
 * larger; other -errno: it did not look. */
static long probe(char *end, int size)
{
	struct timespec zero = { 0, 0 };

	return raw_syscall(SYS_pselect6, INT32_MAX, end - size / 8, 0l, 0l,
			   &zero, 0l);
}

void io_select_start(void)
{
	size_t bytes = SPAN_MAX / 8, page = 4096;
	char *at;
	int size = SPAN_MIN;
	long r = -EFAULT;

	if (span)
		return; /* a child has its parent's */
	at = rt_map(bytes + page);
	if (at && raw_syscall(SYS_mprotect, at + bytes, page, PROT_NONE) == 0)
		while ((r = probe(at + bytes, size)) == -EFAULT &&
		       size < SPAN_MAX)
			size *= 2;
	if (at)
		raw_syscall(SYS_munmap, at, bytes + page);
	span = r == 0 || size == SPAN_MAX ? size : SPAN_ANY;
}

/* Did the program ever have this descriptor, as far as the table knows? */
static bool was_open(int fd)
{
	struct fdent *e = fdtab_peek(fd);

	return e && (e->generation || e->kind != FD_UNKNOWN) &&
	       !fdtab_is_ours(fd);
}

int io_select_span(int n)
{
	int known = span, fd, most = fdtab_size();

	if (LIKELY(n <= known) || !known)
		return n;
	for (fd = (n < most ? n : most) - 1; fd >= known; fd--)
		if (was_open(fd))
			break;
	if (fd >= known) {
		int more = span_of(fd + 1);

		while (known < more &&
		       !atomic_compare_exchange_weak(&span, &known, more))
			;
		known = span;
	}
	return n < known ? n : known;
}
