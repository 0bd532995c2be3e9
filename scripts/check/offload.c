/*
 * offload.c - the functions that --offload names, looked for in the libraries
 * that the loader would load.  The library itself says more when the program
 * starts (shim/door/offload.c); the words are the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door/offload_spec.h"
#include "modules.h"
#include "report.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_named(const struct module *m, const char *name)
{
	const char *path = m->elf.path;

	return path && (!strcmp(path, name) || !strcmp(base_name(path), name) ||
			(m->elf.soname && !strcmp(m->elf.soname, name)));
}

static bool exports(const struct module *m, const char *function)
{
	uint64_t i, n = elf_defined_symbols(&m->elf);
	Elf64_Sym sym;

	for (i = 1; i < n && elf_symbol(&m->elf, i, &sym); i++) {
		const char *name = elf_string(&m->elf, sym.st_name);

		if (name && sym.st_shndx != SHN_UNDEF &&
		    !strcmp(name, function))
			return true;
	}
	return false;
}

/* Returns text for the caller to free, or NULL: nothing is wrong. */
static char *judge(const struct report *r, const struct offload_spec *o)
{
	const struct module *shim = modules_shim(&r->modules);
	bool loaded = false, found = false;
	char *text = NULL;
	size_t i;
	int n = 0;

	for (i = 0; i < r->modules.count && !found; i++) {
		const struct module *m = r->modules.list[i];

		if (m->ours || m->problem ||
		    (*o->library && !is_named(m, o->library)))
			continue;
		loaded = true;
		found = exports(m, o->function);
	}
	if (shim && exports(shim, o->function))
		n = asprintf(&text,
			     "greenshim handles %s already (leave this "
			     "specification out)",
			     o->function);
	else if (*o->library && !loaded)
		n = asprintf(&text,
			     "%s is not loaded when %s starts (name a library "
			     "that ldd lists for the program)",
			     o->library, base_name(r->program));
	else if (*o->library && !found)
		n = asprintf(&text,
			     "that library exports no function %s (nm -D lists "
			     "the functions it exports)",
			     o->function);
	else if (!found)
		n = asprintf(&text,
			     "no library that is loaded when %s starts exports "
			     "a function %s (nm -D lists the functions that a "
			     "library exports)",
			     base_name(r->program), o->function);
	return n < 0 ? NULL : text;
}

char *offload_problem(const struct report *r)
{
	const char *value = getenv("GREENSHIM_OFFLOAD");
	char *copy, *list, *spec, *name, *why, *text = NULL;
	struct offload_spec parsed;

	/* Children use those that fit them. */
	if (!value || getenv("GREENSHIM_OFFLOAD_PLACED"))
		return NULL;
	copy = strdup(value);
	list = copy;
	while (copy && !text && (spec = offload_next_spec(&list))) {
		name = strdup(spec);
		why = name && !offload_parse(&parsed, spec) ? judge(r, &parsed)
							    : NULL;
		if (why &&
		    asprintf(&text, "--offload: '%.200s': %s", name, why) < 0)
			text = NULL;
		free(why);
		free(name);
	}
	free(copy);
	return text;
}
