/*
 * ldcache.c - see ldcache.h.
 *
 * Only the newer of glibc's two formats (since 2.2) is read: a header, an array
 * of entries, their strings, and since glibc 2.33 an extension that names the
 * subdirectories of glibc-hwcaps/ to which entries belong.  Offsets count from
 * the header.  In a cache of both formats the newer one comes second.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ldcache.h"

#define CACHE "/etc/ld.so.cache"
#define MAGIC "glibc-ld.so.cache1.1"
#define OLD   "ld.so-1.7.0"

struct header {
	char magic[20];
	uint32_t entries;
	uint32_t strings_size;
	uint32_t flags;
	uint32_t extension;
	uint32_t unused[3];
};

struct entry {
	int32_t flags; /* kind of library and CPU, as the file says itself */
	uint32_t name, path;
	uint32_t os_version;
	uint64_t hwcap;
};

/* hwcap of an entry for newer CPUs: this bit, and a subdirectory's number in the
 * lower half. */
#define HWCAP_EXTENSION (UINT64_C(1) << 62)

#define EXTENSION_MAGIC UINT32_C(0xeaa42174)
#define EXTENSION_NAMES 1

struct cache {
	const char *data; /* from the newer header on */
	size_t size;
	struct header header;
	void *map;
	size_t map_size;
};

int cpu_level(void)
{
#ifdef __x86_64__
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("sse4.2") ||
	    !__builtin_cpu_supports("ssse3") ||
	    !__builtin_cpu_supports("popcnt"))
		return 1;
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
	    !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("fma"))
		return 2;
	if (!__builtin_cpu_supports("avx512f") ||
	    !__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512cd") ||
	    !__builtin_cpu_supports("avx512dq") ||
	    !__builtin_cpu_supports("avx512vl"))
		return 3;
	return 4;
#else
	return 1;
#endif
}

static bool copy(const struct cache *c, uint64_t at, void *out, size_t size)
{
	if (at > c->size || size > c->size - at)
		return false;
	memcpy(out, c->data + at, size);
	return true;
}

static const char *text(const struct cache *c, uint32_t at)
{
	if (at >= c->size || !memchr(c->data + at, 0, c->size - at))
		return NULL;
	return c->data + at;
}

/* Find the newer header.  False: there is none. */
static bool find_header(struct cache *c)
{
	size_t at = 0;
	uint32_t n;

	if (copy(c, sizeof(OLD), &n, sizeof(n)) &&
	    !memcmp(c->data, OLD, sizeof(OLD) - 1))
		/* 12 bytes an entry; aligned to 8. */
		at = (sizeof(OLD) + sizeof(n) + (size_t)n * 12 + 7) & ~7ul;
	if (!copy(c, at, &c->header, sizeof(c->header)) ||
	    memcmp(c->header.magic, MAGIC, sizeof(c->header.magic)) != 0)
		return false;
	c->data += at;
	c->size -= at;
	return true;
}

static bool open_cache(struct cache *c)
{
	int fd = open(CACHE, O_RDONLY | O_CLOEXEC);
	struct stat st;

	memset(c, 0, sizeof(*c));
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		c->map_size = (size_t)st.st_size;
		c->map = mmap(NULL, c->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (c->map == MAP_FAILED)
			c->map = NULL;
	}
	close(fd);
	c->data = c->map;
	c->size = c->map_size;
	if (c->map && find_header(c))
		return true;
	if (c->map)
		munmap(c->map, c->map_size);
	return false;
}

/* The name of glibc-hwcaps' subdirectory number i, or NULL. */
static const char *subdirectory(const struct cache *c, uint32_t i)
{
	uint32_t head[2], section[4], k, name;
	uint64_t at = c->header.extension;

	if (!at || !copy(c, at, head, sizeof(head)) ||
	    head[0] != EXTENSION_MAGIC)
		return NULL;
	for (k = 0; k < head[1]; k++) {
		/* Its tag, flags, offset and size. */
		if (!copy(c, at + sizeof(head) + (uint64_t)k * sizeof(section),
			  section, sizeof(section)))
			return NULL;
		if (section[0] != EXTENSION_NAMES)
			continue;
		if (i >= section[3] / sizeof(name) ||
		    !copy(c, section[2] + (uint64_t)i * sizeof(name), &name,
			  sizeof(name)))
			return NULL;
		return text(c, name);
	}
	return NULL;
}

/* The level of CPU that an entry is for; 0: none that this CPU has. */
static int entry_level(const struct cache *c, const struct entry *e)
{
	const char *name;
	int level;

	if (e->hwcap == 0)
		return 1;
	if (!(e->hwcap & HWCAP_EXTENSION))
		return 0;
	name = subdirectory(c, (uint32_t)e->hwcap);
	if (!name || sscanf(name, "x86-64-v%d", &level) != 1)
		return 0;
	return level > cpu_level() ? 0 : level;
}

/* Call each for the entries of one level.  True: it has seen enough. */
static bool try_level(const struct cache *c, const char *name, int level,
		      bool (*each)(const char *path, void *arg), void *arg)
{
	struct entry e;
	uint32_t i;

	for (i = 0; i < c->header.entries; i++) {
		const char *path;

		if (!copy(c, sizeof(c->header) + (uint64_t)i * sizeof(e), &e,
			  sizeof(e)))
			return false;
		if (e.name >= c->size ||
		    strncmp(c->data + e.name, name, c->size - e.name) != 0 ||
		    entry_level(c, &e) != level)
			continue;
		path = text(c, e.path);
		if (path && each(path, arg))
			return true;
	}
	return false;
}

void ldcache_find(const char *name, bool (*each)(const char *path, void *arg),
		  void *arg)
{
	struct cache c;
	int level;

	if (!open_cache(&c))
		return;
	for (level = cpu_level(); level > 0; level--)
		if (try_level(&c, name, level, each, arg))
			break;
	munmap(c.map, c.map_size);
}
