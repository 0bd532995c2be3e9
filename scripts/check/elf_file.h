/*
 * elf_file.h - reading an ELF file, without believing anything in it.
 *
 * Every offset, size and address is checked against the file before it is
 * used, so that a damaged or hostile file causes an error, never a crash.
 */
#ifndef CHECK_ELF_FILE_H
#define CHECK_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	char *path;
	const unsigned char *data; /* the whole file */
	size_t size;
	Elf64_Ehdr header;
	uint64_t dynamic, dynamic_entries; /* file offset; 0: none */
	/* From the dynamic section; 0: not there. */
	uint64_t strings, strings_size; /* file offset, bytes */
	uint64_t symbols;		/* file offset */
	uint64_t hash, gnu_hash;	/* addresses */
	uint64_t versym, verneed, verdef;
	uint64_t verneed_count, verdef_count;
	uint64_t tables[2], table_sizes[2]; /* relocations: addresses, bytes */
	uint64_t flags_1;
	const char *soname, *rpath, *runpath; /* NULL: none */
	const char *interpreter;
};

/* Map a file and read its headers.  Returns NULL, or what is wrong, and leaves
 * the struct empty then.  A file for another CPU is wrong, too. */
const char *elf_open(struct elf *e, const char *path);

/* The same without the dynamic section, and without all that it leads to. */
const char *elf_open_headers(struct elf *e, const char *path);

void elf_close(struct elf *e);

/* The name of the CPU that this is built for. */
const char *elf_machine_name(void);

/* size bytes at this offset of the file, or NULL. */
const void *elf_bytes(const struct elf *e, uint64_t offset, uint64_t size);

/* size bytes that are loaded at this address, or NULL. */
const void *elf_address(const struct elf *e, uint64_t address, uint64_t size);

/* Copy program header number i; false: there is none. */
bool elf_segment(const struct elf *e, unsigned int i, Elf64_Phdr *out);

/* Copy section header number i; false: there is none. */
bool elf_section(const struct elf *e, unsigned int i, Elf64_Shdr *out);

/* A name of the dynamic string table, or NULL. */
const char *elf_string(const struct elf *e, uint64_t offset);

/* The next library that it needs, or NULL; *cursor begins at 0. */
const char *elf_needed(const struct elf *e, uint64_t *cursor);

/* Copy symbol number i of the dynamic table; false: there is none. */
bool elf_symbol(const struct elf *e, uint64_t i, Elf64_Sym *out);

/* The number of the last symbol that is defined, plus one. */
uint64_t elf_defined_symbols(const struct elf *e);

/* The version that symbol number i is imported with, such as "GLIBC_2.34", or
 * NULL: any. */
const char *elf_import_version(const struct elf *e, uint64_t i);

/* Does symbol number i, which the file defines, have a version? */
bool elf_is_versioned(const struct elf *e, uint64_t i);

/* Does it define this version? */
bool elf_offers_version(const struct elf *e, const char *version);

/* Call each for every version that it needs of a library, until true. */
bool elf_each_wanted_version(const struct elf *e,
			     bool (*each)(const char *library,
					  const char *version, unsigned int id,
					  void *arg),
			     void *arg);

/* Call each for every version that it defines, until true. */
bool elf_each_offered_version(const struct elf *e,
			      bool (*each)(const char *version, void *arg),
			      void *arg);

#endif
