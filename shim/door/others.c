/*
 * others.c - names the libraries whose functions the shim cuts off.
 *
 * A library that stands between the shim and libc, and defines functions of
 * libc, would be called by the program natively.  The shim comes first and
 * calls the kernel.  Behind torsocks, that is a connection that the person did
 * not want.  greenrun puts the shim behind all that LD_PRELOAD names; what
 * remains are libraries that the program is linked with, and an LD_PRELOAD
 * that was set without greenrun.  They are named, and go on in front of the
 * shim if LD_PRELOAD names them there.
 *
 * Not every definition counts:
 *
 *  - A symbol with a version is not what a reference to libc's version binds
 *    to: the closefrom() of libbsd, all that libc's own libraries export.
 *  - A library that defines malloc() is an allocator or a profiler of memory,
 *    which only watches mmap() or pthread_create().
 */
#include <elf.h>
#include <gnu/lib-names.h>
#include <stdio.h>
#include <string.h>

#include "interpose.h"
#include "door/module.h"
#include "door/others.h"

#define NAMES_MAX 5

/* The linker's name of the shim's first byte. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

#define SYMBOLS_MAX 1024

struct search {
	struct module ours;
	uint32_t first, end; /* the symbols that it exports */
	uint32_t hashes[SYMBOLS_MAX];
	bool hashed;
	bool behind; /* the modules that follow come after the shim */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *name_of(const struct search *s, uint32_t i)
{
	return s->ours.strings + s->ours.symbols[i].st_name;
}

/* Read the shim's own symbols.  Each is looked for in every library. */
static bool read_ours(struct search *s, const struct dl_phdr_info *info)
{
	if (!module_read(&s->ours, info) || !s->ours.hash)
		return false;
	s->first = s->ours.hash[1];
	s->end = module_symbols(&s->ours);
	if (s->end > s->first + SYMBOLS_MAX)
		s->end = s->first + SYMBOLS_MAX;
	return true;
}

/* Most programs have no library to compare with. */
static void hash_ours(struct search *s)
{
	uint32_t i;

	if (s->hashed)
		return;
	for (i = s->first; i < s->end; i++)
		s->hashes[i - s->first] = module_hash(name_of(s, i));
	s->hashed = true;
}

/* Does m define a function of this name that a reference to libc binds to? */
static bool defines(const struct module *m, const char *name, uint32_t hash)
{
	const ElfW(Sym) *sym = module_defined(m, name, hash);

	/* Versions below 2 are no versions. */
	return sym &&
	       (!m->versions || (m->versions[sym - m->symbols] & 0x7fff) < 2);
}

static void add_name(char *text, size_t size, const char *name, unsigned n)
{
	size_t used = strlen(text);

	if (n < NAMES_MAX)
		snprintf(text + used, size - used, "%s%s", n ? ", " : "", name);
	else if (n == NAMES_MAX)
		snprintf(text + used, size - used, " ...");
}

static void judge(struct search *s, const struct module *m, const char *path)
{
	uint32_t i;
	char names[256] = "";
	unsigned n = 0;

	if (!m->hash || defines(m, "malloc", module_hash("malloc")))
		return;
	hash_ours(s);
	for (i = s->first; i < s->end; i++) {
		const char *name = name_of(s, i);

		if (defines(m, name, s->hashes[i - s->first]))
			add_name(names, sizeof(names), name, n++);
	}
	if (n)
		rt_say("%s: greenshim stands in front of its %s, which %s not "
		       "called (put it first: LD_PRELOAD=%s greenrun ...)",
		       base_name(path), names, n == 1 ? "is" : "are", path);
}

static int look_at(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	struct module m;

	(void)size;
	if (info->dlpi_addr == (uintptr_t)__ehdr_start) {
		s->behind = read_ours(s, info);
		return !s->behind;
	}
	if (!s->behind || !info->dlpi_name || !module_read(&m, info))
		return 0;
	if (!strcmp(base_name(info->dlpi_name), LIBC_SO))
		return 1;
	judge(s, &m, info->dlpi_name);
	return 0;
}

void others_name(void)
{
	struct search s;

	s.behind = s.hashed = false;
	LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(look_at, &s);
}
