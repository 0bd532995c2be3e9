/* Finding libc's functions behind the interposers. */
#include <dlfcn.h>

#include "base/common.h"
#include "base/libc_lookup.h"
#include "base/log.h"

void *rt_libc_symbol(const char *name, const char *version)
{
	void *p = dlvsym(RTLD_NEXT, name, version);

	if (!p)
		p = dlsym(RTLD_NEXT, name);
	if (!p)
		rt_panic("libc has no %s", name);
	return p;
}
