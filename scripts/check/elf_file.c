/*
 * elf_file.c - see elf_file.h.
 *
 * The file is mapped, not read: a program may have hundreds of megabytes of
 * which few are looked at.  main.c handles the SIGBUS if the file shrinks
 * meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_file.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#define OUR_NAME    "x86-64"
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#define OUR_NAME    "aarch64"
#else
#error "no ELF machine number for this CPU"
#endif

#define NAME_MAX_BYTES 4096
#define HEADERS_MAX    (65536 / sizeof(Elf64_Phdr)) /* as in the kernel */

const char *elf_machine_name(void)
{
	return OUR_NAME;
}

/* ---- what stands where ---- */

const void *elf_bytes(const struct elf *e, uint64_t offset, uint64_t size)
{
	if (offset > e->size || size > e->size - offset)
		return NULL;
	return e->data + offset;
}

/* The tables may be misaligned, so their entries are copied out. */
static bool copy(const struct elf *e, uint64_t offset, void *out, size_t size)
{
	const void *p = elf_bytes(e, offset, size);

	if (!p)
		return false;
	memcpy(out, p, size);
	return true;
}

/* Copy entry i of a table at offset. */
static bool copy_entry(const struct elf *e, uint64_t offset, uint64_t i,
		       void *out, size_t size)
{
	uint64_t skip, at;

	return !__builtin_mul_overflow(i, size, &skip) &&
	       !__builtin_add_overflow(offset, skip, &at) &&
	       copy(e, at, out, size);
}

bool elf_segment(const struct elf *e, unsigned int i, Elf64_Phdr *out)
{
	return i < e->header.e_phnum &&
	       copy_entry(e, e->header.e_phoff, i, out, sizeof(*out));
}

bool elf_section(const struct elf *e, unsigned int i, Elf64_Shdr *out)
{
	return e->header.e_shentsize == sizeof(*out) && e->header.e_shoff &&
	       i < e->header.e_shnum &&
	       copy_entry(e, e->header.e_shoff, i, out, sizeof(*out));
}

/* Find the offset in the file of what is loaded at address, and how many bytes
 * the segment has from there on. */
static bool find_address(const struct elf *e, uint64_t address,
			 uint64_t *offset, uint64_t *room)
{
	Elf64_Phdr p;
	unsigned int i;

	for (i = 0; elf_segment(e, i, &p); i++) {
		uint64_t into = address - p.p_vaddr;

		if (p.p_type != PT_LOAD || address < p.p_vaddr ||
		    into >= p.p_filesz)
			continue;
		if (__builtin_add_overflow(p.p_offset, into, offset))
			return false;
		*room = p.p_filesz - into;
		return true;
	}
	return false;
}

const void *elf_address(const struct elf *e, uint64_t address, uint64_t size)
{
	uint64_t offset, room;

	if (!find_address(e, address, &offset, &room) || size > room)
		return NULL;
	return elf_bytes(e, offset, size);
}

static bool copy_address(const struct elf *e, uint64_t address, void *out,
			 size_t size)
{
	const void *p = elf_address(e, address, size);

	if (!p)
		return false;
	memcpy(out, p, size);
	return true;
}

/* Text that ends within size bytes, or NULL. */
static const char *text(const struct elf *e, uint64_t offset, uint64_t size)
{
	const char *s;

	if (size > NAME_MAX_BYTES)
		size = NAME_MAX_BYTES;
	if (offset > e->size)
		return NULL;
	if (size > e->size - offset)
		size = e->size - offset;
	s = elf_bytes(e, offset, size);
	return s && memchr(s, 0, size) ? s : NULL;
}

const char *elf_string(const struct elf *e, uint64_t offset)
{
	uint64_t at;

	if (offset >= e->strings_size ||
	    __builtin_add_overflow(e->strings, offset, &at))
		return NULL;
	return text(e, at, e->strings_size - offset);
}

/* ---- the dynamic section ---- */

static bool find_segment(const struct elf *e, uint32_t type, Elf64_Phdr *out)
{
	unsigned int i;

	for (i = 0; elf_segment(e, i, out); i++)
		if (out->p_type == type)
			return true;
	return false;
}

static bool dynamic_entry(const struct elf *e, uint64_t i, Elf64_Dyn *out)
{
	return i < e->dynamic_entries &&
	       copy_entry(e, e->dynamic, i, out, sizeof(*out)) &&
	       out->d_tag != DT_NULL;
}

const char *elf_needed(const struct elf *e, uint64_t *cursor)
{
	Elf64_Dyn d;

	while (dynamic_entry(e, (*cursor)++, &d))
		if (d.d_tag == DT_NEEDED)
			return elf_string(e, d.d_un.d_val);
	return NULL;
}

static void note_entry(struct elf *e, const Elf64_Dyn *d)
{
	uint64_t v = d->d_un.d_val;

	switch (d->d_tag) {
	case DT_STRTAB:
		e->strings = v; /* still an address */
		break;
	case DT_STRSZ:
		e->strings_size = v;
		break;
	case DT_SYMTAB:
		e->symbols = v; /* this, too */
		break;
	case DT_HASH:
		e->hash = v;
		break;
	case DT_GNU_HASH:
		e->gnu_hash = v;
		break;
	case DT_VERSYM:
		e->versym = v;
		break;
	case DT_VERNEED:
		e->verneed = v;
		break;
	case DT_VERNEEDNUM:
		e->verneed_count = v;
		break;
	case DT_VERDEF:
		e->verdef = v;
		break;
	case DT_VERDEFNUM:
		e->verdef_count = v;
		break;
	case DT_JMPREL:
		e->tables[0] = v;
		break;
	case DT_PLTRELSZ:
		e->table_sizes[0] = v;
		break;
	case DT_RELA:
		e->tables[1] = v;
		break;
	case DT_RELASZ:
		e->table_sizes[1] = v;
		break;
	case DT_FLAGS_1:
		e->flags_1 = v;
		break;
	}
}

/* Note the names among the entries, once the string table is known. */
static const char *note_names(struct elf *e)
{
	Elf64_Dyn d;
	uint64_t i;

	for (i = 0; dynamic_entry(e, i, &d); i++) {
		const char **where = d.d_tag == DT_SONAME    ? &e->soname
				     : d.d_tag == DT_RPATH   ? &e->rpath
				     : d.d_tag == DT_RUNPATH ? &e->runpath
							     : NULL;
		const char *s = elf_string(e, d.d_un.d_val);

		if ((where || d.d_tag == DT_NEEDED) && !s)
			return "a name in its dynamic section lies outside";
		if (where)
			*where = s;
	}
	return NULL;
}

static const char *read_dynamic(struct elf *e)
{
	uint64_t room, i;
	Elf64_Dyn d;
	Elf64_Phdr p;

	if (!find_segment(e, PT_DYNAMIC, &p))
		return NULL;
	if (!elf_bytes(e, p.p_offset, p.p_filesz))
		return "its dynamic section lies outside";
	e->dynamic = p.p_offset;
	e->dynamic_entries = p.p_filesz / sizeof(d);
	for (i = 0; dynamic_entry(e, i, &d); i++)
		note_entry(e, &d);
	if (e->strings_size &&
	    (!find_address(e, e->strings, &e->strings, &room) ||
	     e->strings_size > room ||
	     !elf_bytes(e, e->strings, e->strings_size)))
		return "its string table lies outside";
	if (e->symbols && !find_address(e, e->symbols, &e->symbols, &room))
		return "its symbol table lies outside";
	for (i = 0; i < 2; i++)
		if (e->table_sizes[i] &&
		    !elf_address(e, e->tables[i], e->table_sizes[i]))
			return "its relocations lie outside";
	return note_names(e);
}

/* ---- symbols ---- */

bool elf_symbol(const struct elf *e, uint64_t i, Elf64_Sym *out)
{
	return e->symbols && copy_entry(e, e->symbols, i, out, sizeof(*out));
}

/* The size of the symbol table is known by its hash tables only. */
static uint64_t count_by_gnu_hash(const struct elf *e)
{
	uint32_t h[4], bucket, last = 0, value;
	uint64_t buckets, chains, i, at;

	/* Buckets, first symbol, words of the filter, shift. */
	if (!copy_address(e, e->gnu_hash, h, sizeof(h)))
		return 0;
	buckets = e->gnu_hash + sizeof(h) + 8ull * h[2];
	chains = buckets + 4ull * h[0];
	for (i = 0; i < h[0]; i++) {
		if (!copy_address(e, buckets + 4 * i, &bucket, sizeof(bucket)))
			return 0;
		last = bucket > last ? bucket : last;
	}
	if (last < h[1])
		return 0;
	/* A chain ends with an odd value. */
	for (;; last++) {
		at = chains + 4ull * (last - h[1]);
		if (!copy_address(e, at, &value, sizeof(value)))
			return 0;
		if (value & 1)
			return last + 1ull;
	}
}

uint64_t elf_defined_symbols(const struct elf *e)
{
	uint32_t h[2];

	if (e->gnu_hash)
		return count_by_gnu_hash(e);
	if (e->hash && copy_address(e, e->hash, h, sizeof(h)))
		return h[1];
	return 0;
}

/* ---- versions ---- */

bool elf_each_wanted_version(const struct elf *e,
			     bool (*each)(const char *library,
					  const char *version, unsigned int id,
					  void *arg),
			     void *arg)
{
	uint64_t at = e->verneed, i, j, aux;
	/* There cannot be more than the file has room for. */
	uint64_t steps = e->size / sizeof(Elf64_Vernaux);
	Elf64_Verneed need;
	Elf64_Vernaux want;

	for (i = 0; i < e->verneed_count && i < steps; i++) {
		if (!copy_address(e, at, &need, sizeof(need)))
			return false;
		aux = at + need.vn_aux;
		for (j = 0; j < need.vn_cnt; j++) {
			const char *library, *version;

			if (steps-- == 0 ||
			    !copy_address(e, aux, &want, sizeof(want)))
				return false;
			library = elf_string(e, need.vn_file);
			version = elf_string(e, want.vna_name);
			if (library && version &&
			    each(library, version, want.vna_other, arg))
				return true;
			if (!want.vna_next)
				break;
			aux += want.vna_next;
		}
		if (!need.vn_next)
			return false;
		at += need.vn_next;
	}
	return false;
}

struct version_search {
	unsigned int id;
	const char *found;
};

static bool match_id(const char *library, const char *version, unsigned int id,
		     void *arg)
{
	struct version_search *s = arg;

	(void)library;
	if (id != s->id)
		return false;
	s->found = version;
	return true;
}

/* The number of symbol i's version; 0 local, 1 global: none. */
static uint16_t version_number(const struct elf *e, uint64_t i)
{
	uint16_t id;

	if (!e->versym || i > UINT32_MAX ||
	    !copy_address(e, e->versym + 2 * i, &id, sizeof(id)))
		return 0;
	return id & 0x7fff; /* without the "hidden" bit */
}

bool elf_is_versioned(const struct elf *e, uint64_t i)
{
	return version_number(e, i) >= 2;
}

const char *elf_import_version(const struct elf *e, uint64_t i)
{
	struct version_search s = { version_number(e, i), NULL };

	if (s.id < 2)
		return NULL;
	elf_each_wanted_version(e, match_id, &s);
	return s.found;
}

bool elf_each_offered_version(const struct elf *e,
			      bool (*each)(const char *version, void *arg),
			      void *arg)
{
	uint64_t at = e->verdef, i;
	Elf64_Verdef def;
	Elf64_Verdaux name;

	for (i = 0; i < e->verdef_count && i < e->size / sizeof(def); i++) {
		const char *version;

		if (!copy_address(e, at, &def, sizeof(def)) ||
		    !copy_address(e, at + def.vd_aux, &name, sizeof(name)))
			return false;
		version = elf_string(e, name.vda_name);
		if (version && each(version, arg))
			return true;
		if (!def.vd_next)
			return false;
		at += def.vd_next;
	}
	return false;
}

static bool same_version(const char *version, void *arg)
{
	return !strcmp(version, arg);
}

bool elf_offers_version(const struct elf *e, const char *version)
{
	return elf_each_offered_version(e, same_version, (void *)version);
}

/* ---- the file ---- */

static const char *read_headers(struct elf *e)
{
	const Elf64_Ehdr *h = &e->header;
	Elf64_Phdr p;

	if (!copy(e, 0, &e->header, sizeof(e->header)) ||
	    memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return "not an ELF file";
	if (h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != OUR_MACHINE)
		return "for another CPU";
	if (h->e_type != ET_DYN && h->e_type != ET_EXEC)
		return "an ELF file, but neither program nor library";
	if (h->e_phentsize != sizeof(p) || h->e_phnum == 0 ||
	    h->e_phnum > HEADERS_MAX || !elf_segment(e, h->e_phnum - 1u, &p))
		return "its program headers lie outside";
	if (find_segment(e, PT_INTERP, &p)) {
		e->interpreter = text(e, p.p_offset, p.p_filesz);
		if (!e->interpreter)
			return "the name of its loader lies outside";
	}
	return NULL;
}

static const char *map_file(struct elf *e, const char *path)
{
	/* Opening a FIFO or a device must not wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *problem = NULL;
	struct stat st;
	void *p;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) < 0)
		problem = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		problem = "not a file";
	else if (st.st_size < (off_t)sizeof(Elf64_Ehdr))
		problem = "not an ELF file";
	if (!problem) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			 0);
		if (p == MAP_FAILED)
			problem = strerror(errno);
		else
			e->data = p;
		e->size = (size_t)st.st_size;
	}
	close(fd);
	return problem;
}

const char *elf_open_headers(struct elf *e, const char *path)
{
	const char *problem;

	memset(e, 0, sizeof(*e));
	problem = map_file(e, path);
	if (!problem) {
		e->path = strdup(path);
		problem = e->path ? read_headers(e) : strerror(ENOMEM);
	}
	if (problem)
		elf_close(e);
	return problem;
}

const char *elf_open(struct elf *e, const char *path)
{
	const char *problem = elf_open_headers(e, path);

	if (!problem)
		problem = read_dynamic(e);
	if (problem)
		elf_close(e);
	return problem;
}

void elf_close(struct elf *e)
{
	if (e->data)
		munmap((void *)e->data, e->size);
	free(e->path);
	memset(e, 0, sizeof(*e));
}
