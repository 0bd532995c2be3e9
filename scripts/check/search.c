/*
 * search.c - where the loader finds a library: ld.so(8) in C.
 *
 * It looks, in this order, in the DT_RPATH of the module that needs the
 * library, of the modules that led to that one, and of the program, unless the
 * first has a DT_RUNPATH; in LD_LIBRARY_PATH; in that DT_RUNPATH; in the cache;
 * and in the loader's own directories.  It skips a file for another CPU.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "ldcache.h"
#include "modules.h"

/* More than any program needs, fewer than a hostile one could ask for. */
#define TRIES_MAX 100000

struct search {
	struct modules *all;
	const struct module *asker;
	const char *name;
	struct elf *out;
	const char *problem; /* what was wrong with the last file */
};

/* Is this file the library?  If so, it stays open in out. */
static bool try_file(struct search *s, const char *path)
{
	const char *problem;

	if (s->all->tries++ >= TRIES_MAX || access(path, F_OK) < 0)
		return false;
	problem = elf_open(s->out, path);
	if (problem)
		s->problem = problem;
	return !problem;
}

static bool try_cached(const char *path, void *arg)
{
	return try_file(arg, path);
}

/* Try a directory, after its subdirectories for newer CPUs. */
static bool try_directory(struct search *s, const char *dir)
{
	char path[PATH_MAX];
	int level, n;

	for (level = cpu_level(); level > 0; level--) {
		if (level > 1)
			n = snprintf(path, sizeof(path),
				     "%s/glibc-hwcaps/x86-64-v%d/%s", dir,
				     level, s->name);
		else
			n = snprintf(path, sizeof(path), "%s/%s", dir, s->name);
		if (n > 0 && n < (int)sizeof(path) && try_file(s, path))
			return true;
	}
	return false;
}

#ifdef __x86_64__
#define MULTIARCH "lib/x86_64-linux-gnu"
#else
#define MULTIARCH "lib/aarch64-linux-gnu"
#endif

/* What the loader puts in for $LIB: a directory below / and /usr. */
static const char *lib_directory(void)
{
	return access("/" MULTIARCH, F_OK) == 0 ? MULTIARCH : "lib64";
}

/* The value of $NAME or ${NAME} at p, and in *length the length of that text.
 * NULL: the loader does not know the name. */
static const char *token(const struct module *m, const char *p, size_t *length)
{
	static const char *const names[] = { "ORIGIN", "LIB", "PLATFORM" };
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	const char *values[] = { m->origin, lib_directory(),
				 platform ? platform : "" };
	bool braces = p[1] == '{';
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *start = p + 1 + braces;

		n = strlen(names[i]);
		if (strncmp(start, names[i], n) != 0 ||
		    (braces && start[n] != '}'))
			continue;
		*length = n + 1 + 2 * braces;
		return values[i];
	}
	return NULL;
}

/* Copy the first n bytes of text, with tokens replaced.  False: too long. */
static bool expand(const struct module *m, const char *text, size_t n,
		   char out[PATH_MAX])
{
	const char *end = text + n, *value;
	size_t used = 0, length;

	while (text < end) {
		value = *text == '$' ? token(m, text, &length) : NULL;
		if (!value) {
			value = text;
			length = 1;
			n = 1;
		} else {
			n = strlen(value);
		}
		if (used + n >= PATH_MAX)
			return false;
		memcpy(out + used, value, n);
		used += n;
		text += length;
	}
	out[used] = 0;
	return true;
}

/* Try a list of directories, separated by any of these characters.  An empty
 * name is the current directory. */
static bool try_list(struct search *s, const struct module *owner,
		     const char *list, const char *separators)
{
	char dir[PATH_MAX];

	for (;;) {
		size_t n = strcspn(list, separators);

		if (expand(owner, list, n, dir) &&
		    try_directory(s, n ? dir : "."))
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/* Try the DT_RPATHs of the module that needs the library, of those that led to
 * it, and of the program. */
static bool try_rpaths(struct search *s)
{
	const struct module *m, *program = s->all->list[0];
	bool seen = false;

	if (s->asker->elf.runpath)
		return false;
	for (m = s->asker; m; m = m->parent) {
		seen |= m == program;
		if (m->elf.rpath && !m->elf.runpath &&
		    try_list(s, m, m->elf.rpath, ":"))
			return true;
	}
	return !seen && program->elf.rpath && !program->elf.runpath &&
	       try_list(s, program, program->elf.rpath, ":");
}

static bool try_defaults(struct search *s)
{
	static const char *const dirs[] = {
		"/" MULTIARCH, "/usr/" MULTIARCH, "/lib64", "/usr/lib64",
		"/lib",	       "/usr/lib",
	};
	size_t i;

	if (s->asker->elf.flags_1 & DF_1_NODEFLIB)
		return false;
	ldcache_find(s->name, try_cached, s);
	if (s->out->data)
		return true;
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (try_directory(s, dirs[i]))
			return true;
	return false;
}

const char *search_library(struct modules *all, const struct module *m,
			   const char *name, struct elf *out)
{
	struct search s = { all, m, name, out, NULL };
	const char *list = getenv("LD_LIBRARY_PATH");
	char path[PATH_MAX];

	memset(out, 0, sizeof(*out));
	if (strchr(name, '/')) {
		if (expand(m, name, strlen(name), path) && try_file(&s, path))
			return NULL;
		return s.problem ? s.problem : "not found";
	}
	if (try_rpaths(&s) ||
	    (list && *list && try_list(&s, all->list[0], list, ":;")) ||
	    (m->elf.runpath && try_list(&s, m, m->elf.runpath, ":")) ||
	    try_defaults(&s))
		return NULL;
	return s.problem ? s.problem : "not found";
}
