/* module.h - the symbols that a loaded library imports (module.c). */
#ifndef GREEN_MODULE_H
#define GREEN_MODULE_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"

/* The parts of a module's dynamic section that the shim reads. */
struct module {
	uintptr_t base; /* what is added to the addresses in the file */
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint32_t *hash;	      /* DT_GNU_HASH, or NULL */
	const uint16_t *versions;     /* of each symbol, or NULL */
	const ElfW(Verneed) * needed; /* names of the versions, or NULL */
	const ElfW(Rela) * tables[2]; /* DT_JMPREL, DT_RELA; either NULL */
	size_t sizes[2];	      /* of the tables, in bytes */
	uintptr_t relro, relro_end;   /* write-protected pages */
};

/* Fill in m for the module that dl_iterate_phdr(3) describes by info.  False:
 * the module has no symbols. */
bool module_read(struct module *m, const struct dl_phdr_info *info);
/* The same for a module that the dynamic linker has mapped. */
bool module_read_map(struct module *m, const struct link_map *map);

/* Does it refer to a function of this name that another module defines? */
bool module_imports(const struct module *m, const char *name);

/* The symbol of this name that is defined at this address, or NULL.  dladdr1()
 * answers the same by looking at all symbols. */
const ElfW(Sym) *
	module_symbol(const struct module *m, const char *name, void *address);

/* A symbol of this name, which has this hash, that m defines for others; or
 * NULL. */
const ElfW(Sym) *
	module_defined(const struct module *m, const char *name, uint32_t hash);
uint32_t module_hash(const char *name);
/* The number of m's symbols; those that it defines begin at m->hash[1]. */
uint32_t module_symbols(const struct module *m);

/* True if the relocation r may bind a function. */
static inline bool module_binds(const ElfW(Rela) * r)
{
	return ELF64_R_TYPE(r->r_info) == ARCH_REL_JUMP_SLOT ||
	       ELF64_R_TYPE(r->r_info) == ARCH_REL_GLOB_DAT;
}
/* The name of the symbol that r binds. */
static inline const char *module_names(const struct module *m,
				       const ElfW(Rela) * r)
{
	return m->strings + m->symbols[ELF64_R_SYM(r->r_info)].st_name;
}

#endif
