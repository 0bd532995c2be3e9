/*
 * The modules whose thread-local variables lie in static TLS.
 *
 * When a library with initial-exec TLS is loaded, ld.so initializes its block
 * in the threads that ld.so knows, which do not include fibers.  And the blocks
 * of a recycled fiber must return to their initial images.  Both need a table
 * of modules: the place of each block, and a copy of its image, since the
 * library may be unloaded while a fiber is being reset from the image.
 *
 * Tables are neither changed nor freed, so readers need no lock.  An earlier
 * table with the same contents is used again, so a library that is loaded and
 * unloaded repeatedly costs no memory.  The dynamic linker's locks ensure that
 * only one thread at a time creates a table.
 *
 * The place of a module's block is in its link_map, at offsets that libc
 * publishes for debuggers (_thread_db_*).
 */
#include <dlfcn.h>
#include <link.h>

#include "base/libc_lookup.h"
#include "base/log.h"
#include "base/map.h"
#include "fiber/layout.h"
#include "fiber/registry.h"
#include "fiber/tls_modules.h"

#define MODULES_MAX 128

struct module {
	ptrdiff_t offset;	 /* of the block from the TCB, negative */
	const char *image;	 /* the block's initial contents */
	size_t image_size, size; /* bytes; the rest of the block is zero */
};

struct table {
	struct table *older;	 /* the table created before this one */
	int n;			 /* number of modules */
	struct module modules[]; /* followed by their images */
};

/* The argument of gather(). */
struct gathering {
	uintptr_t libc_mark; /* an address in libc, whose TLS is left alone */
	int n;
	struct module modules[MODULES_MAX];
};

static int (*iterate)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
static struct table *_Atomic newest;  /* of all tables, linked by `older` */
static struct table *_Atomic current; /* of the modules loaded now */
static _Atomic unsigned changes;

/* ld.so's list of modules by number, and the offsets of fields in it. */
static const char *const *slotinfo_list;
static long list_len, list_next, list_slots, slot_size, slot_map, map_offset;

/* One word of a descriptor for debuggers: 0 bits, 1 number of elements, 2
 * offset.  False: libc does not publish it. */
static bool published(const char *name, int which, long *out)
{
	const uint32_t *d = dlvsym(RTLD_DEFAULT, name, "GLIBC_PRIVATE");

	if (d)
		*out = (long)d[which];
	return d != NULL;
}

static bool find_slots(void)
{
	const char *global = dlvsym(RTLD_DEFAULT, "_rtld_global",
				    "GLIBC_PRIVATE");
	long at;

	if (!global ||
	    !published("_thread_db_rtld_global__dl_tls_dtv_slotinfo_list", 2,
		       &at) ||
	    !published("_thread_db_dtv_slotinfo_list_len", 2, &list_len) ||
	    !published("_thread_db_dtv_slotinfo_list_next", 2, &list_next) ||
	    !published("_thread_db_dtv_slotinfo_list_slotinfo", 2,
		       &list_slots) ||
	    !published("_thread_db_sizeof_dtv_slotinfo", 0, &slot_size) ||
	    !published("_thread_db_dtv_slotinfo_map", 2, &slot_map) ||
	    !published("_thread_db_link_map_l_tls_offset", 2, &map_offset))
		return false;
	slotinfo_list = (const char *const *)(global + at);
	return true;
}

/* The block's distance below the TCB in bytes; 0: not in static TLS, at least
 * not yet. */
static size_t static_offset(size_t modid)
{
	const char *list = *slotinfo_list, *map;
	size_t len, offset;

	for (; list; list = *(const char *const *)(list + list_next)) {
		len = *(const size_t *)(list + list_len);
		if (modid >= len) {
			modid -= len;
			continue;
		}
		map = *(const char *const *)(list + list_slots +
					     (long)modid * slot_size +
					     slot_map);
		if (!map)
			return 0;
		offset = *(const size_t *)(map + map_offset);
		/* -1: the block will never lie there */
		return offset + 1 > 1 ? offset : 0;
	}
	return 0;
}

static int gather(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct gathering *g = arg;
	const ElfW(Phdr) *tls = NULL;
	struct module *m;
	size_t below;
	int i;

	if (size < sizeof(*info) || !info->dlpi_tls_modid)
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_TLS)
			tls = ph;
		if (ph->p_type == PT_LOAD && g->libc_mark >= at &&
		    g->libc_mark < at + ph->p_memsz)
			return 0;
	}
	if (!tls || g->n == MODULES_MAX ||
	    !(below = static_offset(info->dlpi_tls_modid)))
		return 0;
	m = &g->modules[g->n++];
	m->offset = -(ptrdiff_t)below;
	m->image = (const char *)info->dlpi_addr + tls->p_vaddr;
	m->image_size = tls->p_filesz;
	m->size = tls->p_memsz;
	return 0;
}

static bool same(const struct module *a, const struct module *b)
{
	return a->offset == b->offset && a->size == b->size &&
	       a->image_size == b->image_size &&
	       !memcmp(a->image, b->image, a->image_size);
}

static bool table_says(const struct table *t, const struct gathering *g)
{
	int i;

	if (t->n != g->n)
		return false;
	for (i = 0; i < t->n; i++)
		if (!same(&t->modules[i], &g->modules[i]))
			return false;
	return true;
}

static struct table *table_make(const struct gathering *g)
{
	size_t size = sizeof(struct table) +
		      sizeof(g->modules[0]) * MODULES_MAX;
	struct table *t;
	char *images;
	int i;

	for (i = 0; i < g->n; i++)
		size += g->modules[i].image_size;
	t = rt_map(size);
	if (!t)
		return NULL;
	t->n = g->n;
	images = (char *)&t->modules[g->n];
	for (i = 0; i < g->n; i++) {
		t->modules[i] = g->modules[i];
		t->modules[i].image = images;
		memcpy(images, g->modules[i].image, g->modules[i].image_size);
		images += g->modules[i].image_size;
	}
	t->older = newest;
	newest = t;
	return t;
}

static bool table_has(const struct table *t, const struct module *m)
{
	int i;

	for (i = 0; t && i < t->n; i++)
		if (same(&t->modules[i], m))
			return true;
	return false;
}

static void init_block(char *tcb, const struct module *m)
{
	memcpy(tcb + m->offset, m->image, m->image_size);
	memset(tcb + m->offset + m->image_size, 0, m->size - m->image_size);
}

static void init_new_block(struct fiber *f, void *m)
{
	/* ld.so knows the main thread and has initialized its block. */
	if (!f->main)
		init_block((char *)f->tcb, m);
}

void tls_reset(void *tcb)
{
	const struct table *t = current;
	int i;

	for (i = 0; i < t->n; i++)
		init_block(tcb, &t->modules[i]);
}

unsigned tls_changes(void)
{
	return changes;
}

static int look_again(void)
{
	struct table *before = current, *t;
	struct gathering g = {
		.libc_mark = (uintptr_t)dlsym(RTLD_DEFAULT,
					      "gnu_get_libc_version"),
	};
	int i;

	if (!slotinfo_list)
		return 0;
	iterate(gather, &g);
	for (t = newest; t && !table_says(t, &g); t = t->older)
		;
	if (t == before && t)
		return 0;
	if (!t)
		t = table_make(&g);
	if (!t)
		return -ENOMEM;
	current = t;
	/* Before the walk of all fibers: see map_new_current(). */
	atomic_fetch_add(&changes, 1);
	for (i = 0; before && i < t->n; i++)
		if (!table_has(before, &t->modules[i]))
			fiber_each(init_new_block, &t->modules[i]);
	return 0;
}

void tls_modules_changed(void)
{
	if (look_again() < 0)
		rt_panic("out of memory: cannot map thread-local variables of "
			 "a new library (raise the limit: ulimit -v)");
}

int tls_modules_init(void)
{
	if (!find_slots())
		return -ENOSYS;
	iterate = rt_libc_symbol("dl_iterate_phdr", "GLIBC_2.2.5");
	return look_again();
}
