/*
 * module.c - reads the dynamic section of a loaded library.
 */
#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "interpose.h"
#include "door/module.h"

/* ld.so has added the base to the addresses in the dynamic section, except in a
 * read-only one, as that of the vDSO is. */
static void *address_in(const struct module *m, uintptr_t value)
{
	return (void *)(value < m->base ? m->base + value : value);
}

static void read_dynamic(struct module *m, const ElfW(Dyn) * d)
{
	for (; d->d_tag != DT_NULL; d++) {
		void *p = address_in(m, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB:
			m->symbols = p;
			break;
		case DT_STRTAB:
			m->strings = p;
			break;
		case DT_GNU_HASH:
			m->hash = p;
			break;
		case DT_VERSYM:
			m->versions = p;
			break;
		case DT_VERNEED:
			m->needed = p;
			break;
		case DT_JMPREL:
			m->tables[0] = p;
			break;
		case DT_PLTRELSZ:
			m->sizes[0] = d->d_un.d_val;
			break;
		case DT_RELA:
			m->tables[1] = p;
			break;
		case DT_RELASZ:
			m->sizes[1] = d->d_un.d_val;
			break;
		}
	}
}

bool module_read(struct module *m, const struct dl_phdr_info *info)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	int i;

	*m = (struct module){ .base = info->dlpi_addr };
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = m->base + ph->p_vaddr;

		if (ph->p_type == PT_DYNAMIC) {
			read_dynamic(m, (const ElfW(Dyn) *)at);
		} else if (ph->p_type == PT_GNU_RELRO) {
			m->relro = at & -page;
			m->relro_end = (at + ph->p_memsz) & -page;
		}
	}
	return m->symbols && m->strings;
}

bool module_read_map(struct module *m, const struct link_map *map)
{
	*m = (struct module){ .base = map->l_addr };
	read_dynamic(m, map->l_ld);
	return m->symbols && m->strings;
}

uint32_t module_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

/* DT_GNU_HASH has four numbers: buckets, the first symbol, words of the filter,
 * its shift.  Then the filter, the buckets, and a hash for each symbol from the
 * first on, the lowest bit of which ends a chain. */
static const uint32_t *buckets_of(const struct module *m)
{
	return m->hash + 4 + m->hash[2] * (sizeof(ElfW(Addr)) / 4);
}

/* The symbol of this name, at this address unless that is NULL. */
static const ElfW(Sym) * find_symbol(const struct module *m, const char *name,
				     uint32_t wanted, void *address)
{
	uint32_t i;
	const uint32_t *buckets = buckets_of(m);
	const uint32_t *chains = buckets + m->hash[0];

	i = buckets[wanted % m->hash[0]];
	for (; i >= m->hash[1]; i++) {
		const ElfW(Sym) *sym = &m->symbols[i];
		uint32_t hash = chains[i - m->hash[1]];

		if ((hash | 1) == (wanted | 1) &&
		    (!address ||
		     m->base + sym->st_value == (uintptr_t)address) &&
		    !strcmp(m->strings + sym->st_name, name))
			return sym;
		if (hash & 1)
			break;
	}
	return NULL;
}

const ElfW(Sym) *
	module_symbol(const struct module *m, const char *name, void *address)
{
	return m->hash ? find_symbol(m, name, module_hash(name), address)
		       : NULL;
}

const ElfW(Sym) *
	module_defined(const struct module *m, const char *name, uint32_t hash)
{
	const unsigned bits = sizeof(ElfW(Addr)) * 8;
	const ElfW(Addr) * filter;
	ElfW(Addr) word, mask;

	if (!m->hash || m->hash[0] == 0)
		return NULL;
	filter = (const ElfW(Addr) *)(m->hash + 4);
	word = filter[hash / bits % m->hash[2]];
	mask = (ElfW(Addr))1 << hash % bits |
	       (ElfW(Addr))1 << (hash >> m->hash[3]) % bits;
	return (word & mask) == mask ? find_symbol(m, name, hash, NULL) : NULL;
}

uint32_t module_symbols(const struct module *m)
{
	const uint32_t *buckets = buckets_of(m);
	const uint32_t *chains = buckets + m->hash[0];
	uint32_t last = 0, i;

	for (i = 0; i < m->hash[0]; i++)
		if (buckets[i] > last)
			last = buckets[i];
	if (last < m->hash[1])
		return 0;
	while (!(chains[last - m->hash[1]] & 1))
		last++;
	return last + 1;
}

bool module_imports(const struct module *m, const char *name)
{
	size_t table, i;

	for (table = 0; table < 2; table++)
		for (i = 0; i < m->sizes[table] / sizeof(ElfW(Rela)); i++) {
			const ElfW(Rela) *r = &m->tables[table][i];
			uint32_t symbol = ELF64_R_SYM(r->r_info);

			if (symbol &&
			    m->symbols[symbol].st_shndx == SHN_UNDEF &&
			    !strcmp(module_names(m, r), name))
				return true;
		}
	return false;
}
