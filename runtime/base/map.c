/* Memory by the page, from the kernel. */
#include <sys/mman.h>

#include "base/map.h"

void *rt_map(size_t size)
{
	long p = raw_syscall(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	return p < 0 && p >= -4095 ? NULL : (void *)p;
}

/* lsan_interface.h; NULL in a process without a leak sanitizer. */
extern void __lsan_register_root_region(const void *p, size_t size)
	__attribute__((weak, visibility("default")));

bool rt_map_has_roots(void)
{
	return __lsan_register_root_region != NULL;
}

void rt_map_root(const void *p, size_t size)
{
	if (__lsan_register_root_region)
		__lsan_register_root_region(p, size);
}
