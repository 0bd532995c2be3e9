/* Stacks: reserved lazily, guarded, given back when they were used deep. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "scheduler.h"

#define MADV_GUARD_INSTALL 102
#define STACK_DEFAULT	   (8ul << 20)
#define STACK_KEEP	   (32ul << 10) /* of a recycled stack, at its top */

static _Atomic int no_guard_pages; /* kernel older than 6.13 */

void *rt_map(size_t size)
{
	long p = raw_syscall(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	return p < 0 && p >= -4095 ? NULL : (void *)p;
}

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

void *stack_map(size_t stack, size_t guard, size_t extra, size_t *map_size)
{
	size_t size;
	char *map;

	if (__builtin_add_overflow(stack, guard, &size) ||
	    __builtin_add_overflow(size, extra + 4095, &size))
		return NULL;
	size &= ~4095ul;
	map = rt_map(size);
	if (!map)
		return NULL;
	/* A second mapping each would meet vm.max_map_count at 32,000. */
	if (guard && (no_guard_pages || raw_syscall(SYS_madvise, map, guard,
						    MADV_GUARD_INSTALL) < 0)) {
		no_guard_pages = 1;
		if (raw_syscall(SYS_mprotect, map, guard, PROT_NONE) < 0) {
			stack_unmap(map, size);
			return NULL;
		}
	}
	*map_size = size;
	return map;
}

void stack_unmap(void *map, size_t size)
{
	raw_syscall(SYS_munmap, map, size);
}

void stack_trim(struct fiber *f)
{
	if (f->stack_size > 2 * STACK_KEEP)
		raw_syscall(SYS_madvise, f->stack_low,
			    (f->stack_size - STACK_KEEP) & ~4095ul,
			    MADV_DONTNEED);
}
