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
