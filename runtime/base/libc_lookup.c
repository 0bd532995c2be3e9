/* Lookup of libc's functions behind our interposers. */
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
		rt_panic("libc symbol %s not found: unsupported libc (see "
			 "greenshim(7), LIMITATIONS)",
			 name);
	return p;
}
