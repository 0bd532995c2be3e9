/*
 * modules.c - see modules.h.
 *
 * The order is the loader's: the program, what LD_PRELOAD names, then what
 * these need, breadth first.  Only the shim comes last here, so that the
 * libraries that nothing but the shim needs can be told apart.
 */
#include <errno.h>
#include <gnu/lib-names.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "modules.h"

#define MODULES_MAX 4096
#define LIBUV	    "libuv.so.1"

/* The directory of a path, to be freed. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *module_label(const struct module *m)
{
	return m->elf.path ? m->elf.path : m->name;
}

static void free_module(struct module *m)
{
	if (!m)
		return;
	elf_close(&m->elf);
	free(m->raw.list);
	free(m->imports);
	free(m->origin);
	free(m->name);
	free(m);
}

/* Create a module of this name, owned by the caller.  NULL: no memory. */
static struct module *new_module(const char *name, const struct module *parent)
{
	struct module *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->parent = parent;
	m->name = strdup(name);
	if (m->name)
		return m;
	free(m);
	return NULL;
}

static bool add(struct modules *all, struct module *m)
{
	struct module **list;

	list = realloc(all->list, (all->count + 1) * sizeof(struct module *));
	if (!list)
		return false;
	all->list = list;
	list[all->count++] = m;
	return true;
}

/* The loader loads a file once, whatever its names. */
static struct module *find_file(const struct modules *all, dev_t device,
				ino_t inode)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (all->list[i]->elf.data && all->list[i]->inode == inode &&
		    all->list[i]->device == device)
			return all->list[i];
	return NULL;
}

static struct module *find_name(const struct modules *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const char *soname = all->list[i]->elf.soname;

		if (!strcmp(all->list[i]->name, name) ||
		    (soname && !strcmp(soname, name)))
			return all->list[i];
	}
	return NULL;
}

/* Fill in what is known once the file is open. */
static void describe(struct module *m)
{
	const char *name = m->elf.soname ? m->elf.soname
					 : base_name(m->elf.path);
	struct stat st;

	if (stat(m->elf.path, &st) == 0) {
		m->device = st.st_dev;
		m->inode = st.st_ino;
	}
	m->origin = directory_of(m->elf.path);
	m->is_libc = !strcmp(name, LIBC_SO);
	m->is_loader = !strcmp(name, LD_SO);
}

/* Look for what m needs under this name, and add it. */
static bool need(struct modules *all, const struct module *m, const char *name,
		 bool ours)
{
	struct module *library;

	if (find_name(all, name))
		return true;
	library = new_module(name, m);
	if (!library)
		return false;
	library->ours = ours;
	library->problem = search_library(all, m, name, &library->elf);
	if (!library->problem)
		describe(library);
	if (library->elf.data &&
	    find_file(all, library->device, library->inode)) {
		free_module(library);
		return true;
	}
	if (library->elf.data && !library->origin) {
		free_module(library);
		return false;
	}
	if (add(all, library))
		return true;
	free_module(library);
	return false;
}

/* Breadth first: the loop adds to the list that it goes through. */
static const char *follow(struct modules *all, size_t from, bool ours)
{
	size_t i;

	for (i = from; i < all->count; i++) {
		const struct module *m = all->list[i];
		uint64_t cursor = 0;
		const char *name;

		while ((name = elf_needed(&m->elf, &cursor))) {
			if (all->count >= MODULES_MAX)
				return "it needs more than 4096 libraries";
			if (!need(all, m, name, ours))
				return strerror(ENOMEM);
		}
	}
	return NULL;
}

/* Add what LD_PRELOAD names, without the shim, which is added later. */
static bool preload(struct modules *all, const char *shim)
{
	const char *list = getenv("LD_PRELOAD");
	char *copy, *item, *save = NULL;
	bool good = true;
	size_t i;

	copy = list ? strdup(list) : NULL;
	if (!copy)
		return !list;
	for (item = strtok_r(copy, ": ", &save); item && good;
	     item = strtok_r(NULL, ": ", &save))
		if (strcmp(item, shim) != 0)
			good = need(all, all->list[0], item, false);
	for (i = 1; i < all->count; i++)
		all->list[i]->preloaded = true;
	free(copy);
	return good;
}

/* Add a module for exactly this file.  An error goes into its problem. */
static struct module *open_module(struct modules *all, const char *path)
{
	struct module *m = new_module(path, NULL);

	if (!m)
		return NULL;
	m->problem = elf_open(&m->elf, path);
	if (!m->problem)
		describe(m);
	if (add(all, m))
		return m;
	free_module(m);
	return NULL;
}

const char *modules_load(struct modules *all, const char *program,
			 const char *shim)
{
	struct module *m;
	const char *problem;
	char *real;
	size_t from;

	memset(all, 0, sizeof(*all));
	m = open_module(all, program);
	if (!m)
		return strerror(ENOMEM);
	if (m->problem)
		return m->problem;
	/* $ORIGIN is the directory after all links have been followed. */
	real = realpath(program, NULL);
	if (real) {
		free(m->origin);
		m->origin = directory_of(real);
		free(real);
	}
	if (!m->origin || !preload(all, shim))
		return strerror(ENOMEM);
	problem = follow(all, 0, false);
	if (problem)
		return problem;
	from = all->count;
	m = open_module(all, shim);
	if (!m)
		return strerror(ENOMEM);
	m->ours = true;
	/* The shim loads libuv itself, with the first thread at the latest. */
	if (!need(all, m, LIBUV, true))
		return strerror(ENOMEM);
	return follow(all, from, true);
}

void modules_free(struct modules *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		free_module(all->list[i]);
	free(all->list);
	memset(all, 0, sizeof(*all));
}

struct module *modules_shim(const struct modules *all)
{
	size_t i;

	for (i = 1; i < all->count; i++)
		if (all->list[i]->ours && !all->list[i]->parent)
			return all->list[i];
	return NULL;
}

struct module *modules_libc(const struct modules *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (all->list[i]->is_libc)
			return all->list[i];
	return NULL;
}
