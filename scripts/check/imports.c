/*
 * imports.c - the functions of libc that a file calls and that may wait.
 *
 * A file imports what its relocations name.  The symbol table does not help:
 * nothing tells its length in a program that exports nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "modules.h"

struct symbol {
	const char *name;
	enum way way;
	const char *why; /* why the shim leaves it alone; NULL: it does not */
};

/* symbols[], sorted by name: gen_symbols.sh makes it from shim/symbols.def and
 * shim/exceptions.def. */
#include "check_symbols.h"

#define SYMBOLS (sizeof(symbols) / sizeof(*symbols))

static int compare_symbols(const void *name, const void *symbol)
{
	return strcmp(name, ((const struct symbol *)symbol)->name);
}

static const struct symbol *find_symbol(const char *name)
{
	return bsearch(name, symbols, SYMBOLS, sizeof(*symbols),
		       compare_symbols);
}

static bool is_libcs(const struct elf *e, uint64_t symbol)
{
	const char *version = elf_import_version(e, symbol);

	return !version || !strncmp(version, "GLIBC_", 6);
}

static void remember(struct module *m, const char *name, const struct symbol *s)
{
	struct import *list;

	list = realloc(m->imports, (m->imports_count + 1) * sizeof(*list));
	if (!list)
		return;
	m->imports = list;
	list += m->imports_count++;
	list->name = name;
	list->way = s->way;
	list->why = s->why;
}

static void note_import(struct module *m, uint64_t i, const char *name)
{
	const struct symbol *s;

	if (!is_libcs(&m->elf, i))
		return;
	if (!strcmp(name, "pthread_create") || !strcmp(name, "thrd_create"))
		m->makes_threads = true;
	if (!strcmp(name, "dlopen") || !strcmp(name, "dlmopen"))
		m->loads_more = true;
	s = find_symbol(name);
	if (s && s->way != WAY_NONE)
		remember(m, name, s);
}

static int compare_imports(const void *a, const void *b)
{
	return strcmp(((const struct import *)a)->name,
		      ((const struct import *)b)->name);
}

/* Sort by name, and drop duplicates: two symbols may differ only in their
 * version. */
static void sort_imports(struct module *m)
{
	size_t i, n = 0;

	if (m->imports_count == 0)
		return;
	qsort(m->imports, m->imports_count, sizeof(*m->imports),
	      compare_imports);
	for (i = 1; i < m->imports_count; i++)
		if (strcmp(m->imports[n].name, m->imports[i].name) != 0)
			m->imports[++n] = m->imports[i];
	m->imports_count = n + 1;
}

/* seen: a bit for each symbol that the file has room for. */
static void read_table(struct module *m, int table, unsigned char *seen,
		       uint64_t room)
{
	uint64_t i, n = m->elf.table_sizes[table] / sizeof(Elf64_Rela);
	const char *p = elf_address(&m->elf, m->elf.tables[table],
				    n * sizeof(Elf64_Rela));

	for (i = 0; p && i < n; i++, p += sizeof(Elf64_Rela)) {
		const char *name;
		Elf64_Rela r;
		Elf64_Sym sym;
		uint64_t k;

		memcpy(&r, p, sizeof(r));
		k = ELF64_R_SYM(r.r_info);
		if (k == 0 || k >= room || (seen[k / 8] & 1u << k % 8))
			continue;
		seen[k / 8] |= (unsigned char)(1u << k % 8);
		if (!elf_symbol(&m->elf, k, &sym) || sym.st_shndx != SHN_UNDEF)
			continue;
		name = elf_string(&m->elf, sym.st_name);
		if (name)
			note_import(m, k, name);
	}
}

void imports_find(struct module *m)
{
	uint64_t room = m->elf.size / sizeof(Elf64_Sym);
	unsigned char *seen = calloc(1, room / 8 + 1);
	int table;

	for (table = 0; seen && table < 2; table++)
		read_table(m, table, seen, room);
	free(seen);
	sort_imports(m);
}

static bool is_defined(const Elf64_Sym *sym)
{
	int bind = ELF64_ST_BIND(sym->st_info);
	int type = ELF64_ST_TYPE(sym->st_info);

	return sym->st_shndx != SHN_UNDEF &&
	       (bind == STB_GLOBAL || bind == STB_WEAK) &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC) &&
	       ELF64_ST_VISIBILITY(sym->st_other) == STV_DEFAULT;
}

char **imports_defined(const struct module *m, size_t *count)
{
	const struct elf *e = &m->elf;
	uint64_t i, n = elf_defined_symbols(e);
	char **list = NULL, **more;
	Elf64_Sym sym;

	*count = 0;
	for (i = 1; i < n && elf_symbol(e, i, &sym); i++) {
		const char *name = elf_string(e, sym.st_name);
		const struct symbol *s = name ? find_symbol(name) : NULL;

		/* A reference to libc's version does not bind to another. */
		if (!is_defined(&sym) || !s || s->why || elf_is_versioned(e, i))
			continue;
		more = realloc(list, (*count + 1) * sizeof(*list));
		if (!more)
			break;
		list = more;
		list[(*count)++] = (char *)name;
	}
	return list;
}

bool imports_allocates(const struct module *m)
{
	uint64_t i, n = elf_defined_symbols(&m->elf);
	Elf64_Sym sym;

	for (i = 1; i < n && elf_symbol(&m->elf, i, &sym); i++) {
		const char *name = elf_string(&m->elf, sym.st_name);

		if (name && is_defined(&sym) && !strcmp(name, "malloc"))
			return true;
	}
	return false;
}
