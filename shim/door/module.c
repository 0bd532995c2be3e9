/*
 * module.c - reads the dynamic section of a loaded library.
 */
#include <elf.h>
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
