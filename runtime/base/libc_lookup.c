/* Lookup of libc's functions behind our interposers. */
#include <dlfcn.h>
#include <link.h>

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

struct code_range code_around(const void *function)
{
	struct code_range r = { 0, 0 };
	const ElfW(Ehdr) * elf;
	const ElfW(Phdr) * ph, *end;
	Dl_info info;

	if (!function || !dladdr(function, &info))
		return r;
	elf = info.dli_fbase;
	ph = (const ElfW(Phdr) *)((const char *)elf + elf->e_phoff);
	for (end = ph + elf->e_phnum; ph < end; ph++) {
		r.low = (uintptr_t)elf + ph->p_vaddr;
		r.size = ph->p_memsz;
		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X) &&
		    code_holds(&r, (uintptr_t)function))
			return r;
	}
	return (struct code_range){ 0, 0 };
}
