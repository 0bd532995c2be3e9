/* Stacks: address space reserved lazily, guarded, trimmed after deep use. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/state.h"
#include "fiber/stack.h"

#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE  103
/* The kernel visits each page of a guard that MADV_GUARD_INSTALL makes. */
#define GUARD_BY_PAGE (1ul << 20)
#define STACK_DEFAULT (8ul << 20)
#define STACK_KEEP    (32ul << 10) /* of a recycled stack, at its top */

static _Atomic int no_guard_pages; /* the kernel is older than 6.13 */

size_t stack_default_size(void)
{
	struct rlimit rl;

	if (rt_config.stack_size)
		return rt_config.stack_size;
	if (raw_syscall(SYS_prlimit64, 0, RLIMIT_STACK, 0, &rl) < 0 ||
	    rl.rlim_cur == RLIM_INFINITY)
		return STACK_DEFAULT;
	if (rl.rlim_cur < 16384)
		return 16384;
	return rl.rlim_cur & ~4095ul;
}

/* Make the lowest guard bytes of a mapping, whole pages, its guard. */
static bool guard_make(void *map, size_t guard)
{
	/* MADV_GUARD_INSTALL, as mprotect(2) would split every mapping in two,
	 * and vm.max_map_count would be reached at 32,000 fibers. */
	if (!guard)
		return true;
	if (!no_guard_pages && guard <= GUARD_BY_PAGE) {
		if (raw_syscall(SYS_madvise, map, guard, MADV_GUARD_INSTALL) ==
		    0)
			return true;
		no_guard_pages = 1;
	}
	return raw_syscall(SYS_mprotect, map, guard, PROT_NONE) == 0;
}

bool stack_change_guard(void *map, size_t from, size_t to)
{
	/* Once guard pages have failed, the guard may be of either kind. */
	if (from && from <= GUARD_BY_PAGE)
		raw_syscall(SYS_madvise, map, from, MADV_GUARD_REMOVE);
	if (from && (no_guard_pages || from > GUARD_BY_PAGE) &&
	    raw_syscall(SYS_mprotect, map, from, PROT_READ | PROT_WRITE) < 0)
		return false;
	return guard_make(map, to);
}

void *stack_map(size_t room, size_t guard, size_t extra, size_t *map_size)
{
	size_t size;
	char *map;
	long at;

	if (__builtin_add_overflow(room, extra + 4095, &size))
		return NULL;
	size &= ~4095ul;
	/* MAP_STACK keeps huge pages away, one of which every stack would fill
	 * where they are the default. */
	at = raw_syscall(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_STACK,
			 -1, 0);
	if (at < 0 && at >= -4095)
		return NULL;
	map = (char *)at;
	if (!guard_make(map, guard)) {
		stack_unmap(map, size);
		return NULL;
	}
	*map_size = size;
	return map;
}

void stack_unmap(void *map, size_t size)
{
	raw_syscall(SYS_munmap, map, size);
}

void stack_trim(void *low, size_t size)
{
	if (size > 2 * STACK_KEEP)
		raw_syscall(SYS_madvise, low, (size - STACK_KEEP) & ~4095ul,
			    MADV_DONTNEED);
}
