/*
 * Code addresses, without asking the dynamic linker.
 *
 * dladdr() and dl_iterate_phdr() take the loader's lock, which a parked fiber
 * may hold (in a dlopen whose file is being read); malloc has locks, too.  So
 * the map is read from /proc/self/maps into pages of its own, and the program's
 * memory is read by a system call, which fails where the memory is gone.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>

#include "base/map.h"
#include "debug/codemap.h"

#define MODULES_MAX 1024
#define PATHS_SIZE  (128ul << 10)
#define CHUNK	    (64ul << 10)
#define SCAN_BYTES  16384

bool peek_memory(void *to, const void *from, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)from, n };

	return raw_syscall(SYS_process_vm_readv, rt.pid, &local, 1, &remote, 1,
			   0) == (long)n;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_internal(const struct module_code *m)
{
	const char *name = base_name(m->path);
	uintptr_t here = (uintptr_t)codemap_read;

	return (here >= m->low && here < m->high) ||
	       !strncmp(name, "libc.so", 7) || !strncmp(name, "libc-2.", 7) ||
	       !strncmp(name, "ld-linux", 8) || !strncmp(name, "ld-2.", 5) ||
	       !strncmp(name, "libuv.so", 8) || *name == '[';
}

/* The symbols of a program that is linked to a fixed address are relative to 0;
 * all others are relative to the start of the mapping. */
static uintptr_t base_of(uintptr_t start)
{
	Elf64_Ehdr head;

	if (peek_memory(&head, (void *)start, sizeof(head)) &&
	    !memcmp(head.e_ident, ELFMAG, SELFMAG) && head.e_type == ET_EXEC)
		return 0;
	return start;
}

/* A line is: 55d0-55d1 r-xp 00001000 08:01 1234 /usr/bin/x */
static void note_line(struct codemap *m, char *line, char *last_path,
		      uintptr_t *last_start)
{
	char *end, *perms, *path;
	uintptr_t low = strtoul(line, &end, 16), high, offset;
	struct module_code *mod;
	size_t length;

	if (*end != '-')
		return;
	high = strtoul(end + 1, &end, 16);
	perms = end + 1;
	offset = strtoul(perms + 5, &end, 16);
	path = strpbrk(end, "/[");
	if (!path)
		return;
	if (offset == 0 || strncmp(path, last_path, PATH_MAX - 1) != 0) {
		*last_start = low - offset;
		strncpy(last_path, path, PATH_MAX - 1);
	}
	if (perms[2] != 'x' || m->count == MODULES_MAX)
		return;
	length = strlen(path) + 1;
	if (m->paths_used + length > PATHS_SIZE)
		return;
	mod = &m->modules[m->count++];
	mod->low = low;
	mod->high = high;
	mod->path = memcpy(m->paths + m->paths_used, path, length);
	m->paths_used += length;
	mod->base = base_of(*last_start);
	mod->internal = is_internal(mod);
}

int codemap_read(struct codemap *m)
{
	size_t modules = MODULES_MAX * sizeof(*m->modules), have = 0;
	size_t size = modules + PATHS_SIZE + CHUNK + PATH_MAX;
	char *chunk, *last_path;
	uintptr_t last_start = 0;
	long fd, n;

	memset(m, 0, sizeof(*m));
	m->memory = rt_map(size);
	if (!m->memory)
		return -ENOMEM;
	m->modules = m->memory;
	m->paths = (char *)m->memory + modules;
	chunk = m->paths + PATHS_SIZE;
	last_path = chunk + CHUNK;
	fd = raw_syscall(SYS_open, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	for (;;) {
		char *line = chunk, *end;

		n = raw_syscall(SYS_read, fd, chunk + have, CHUNK - have - 1);
		if (n <= 0)
			break;
		have += (size_t)n;
		chunk[have] = 0;
		while ((end = strchr(line, '\n')) != NULL) {
			*end = 0;
			note_line(m, line, last_path, &last_start);
			line = end + 1;
		}
		have -= (size_t)(line - chunk);
		memmove(chunk, line, have);
	}
	raw_syscall(SYS_close, fd);
	return 0;
}

void codemap_free(struct codemap *m)
{
	size_t size = MODULES_MAX * sizeof(*m->modules) + PATHS_SIZE + CHUNK +
		      PATH_MAX;

	if (m->memory)
		raw_syscall(SYS_munmap, m->memory, size);
	m->memory = NULL;
	m->count = 0;
}

/* The mappings are in ascending order. */
const struct module_code *codemap_find(const struct codemap *m, uintptr_t pc)
{
	int low = 0, high = m->count;

	while (low < high) {
		int middle = (low + high) / 2;

		if (pc >= m->modules[middle].high)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < m->count && pc >= m->modules[low].low)
		return &m->modules[low];
	return NULL;
}

int codemap_callers(const struct codemap *m, struct fiber *f, uintptr_t *pcs,
		    int max)
{
	uintptr_t at = (uintptr_t)f->sp & ~7ul;
	uintptr_t end = (uintptr_t)f->stack_low + f->stack_size;
	uintptr_t words[128];
	int found = 0;
	size_t i;

	if (at < (uintptr_t)f->stack_low || at >= end)
		return 0;
	if (end - at > SCAN_BYTES)
		end = at + SCAN_BYTES;
	while (at < end && found < max) {
		size_t n = (end - at) / sizeof(*words);

		if (n > sizeof(words) / sizeof(*words))
			n = sizeof(words) / sizeof(*words);
		if (n == 0 ||
		    !peek_memory(words, (void *)at, n * sizeof(*words)))
			break;
		for (i = 0; i < n && found < max; i++) {
			const struct module_code *mod = codemap_find(m,
								     words[i]);
			uint8_t code[ARCH_CALL_MAX];

			if (mod && !mod->internal &&
			    peek_memory(code, (char *)words[i] - sizeof(code),
					sizeof(code)) &&
			    arch_follows_call(code))
				pcs[found++] = words[i];
		}
		at += n * sizeof(*words);
	}
	return found;
}
