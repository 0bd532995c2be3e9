/*
 * elf_file.h - an ELF file that is looked at, and in which nothing is believed.
 *
 * Every offset, size and address is checked against the file before it is
 * used, so that a damaged or hostile file ends in an error, never in a crash.
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
	uint64_t dynamic, dynamic_entries; /* file offset; 0: it has none */
	/* From the dynamic section; 0 where it has none. */
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

/* Map a file and read its headers.  NULL, or what is wrong with it; then the
 * struct is empty.  A file for another CPU is wrong, too. */
const char *elf_open(struct elf *e, const char *path);

/* The same without the dynamic section, and all that is found by it. */
const char *elf_open_headers(struct elf *e, const char *path);

void elf_close(struct elf *e);

/* What our own CPU is called. */
const char *elf_machine_name(void);

/* size bytes at this offset of the file, or NULL. */
const void *elf_bytes(const struct elf *e, uint64_t offset, uint64_t size);

/* size bytes that will be loaded at this address, or NULL. */
const void *elf_address(const struct elf *e, uint64_t address, uint64_t size);

/* Program header number i, or false. */
bool elf_segment(const struct elf *e, unsigned int i, Elf64_Phdr *out);

/* Section header number i, or false. */
bool elf_section(const struct elf *e, unsigned int i, Elf64_Shdr *out);

/* A name of the dynamic string table, or NULL. */
const char *elf_string(const struct elf *e, uint64_t offset);

/* The next library it needs; *cursor is 0 at first.  NULL: there is none. */
const char *elf_needed(const struct elf *e, uint64_t *cursor);

/* Symbol number i of the dynamic table, or false. */
bool elf_symbol(const struct elf *e, uint64_t i, Elf64_Sym *out);

/* How many symbols there are, as far as they are defined. */
uint64_t elf_defined_symbols(const struct elf *e);

/* The version that symbol number i is imported in, such as "GLIBC_2.34", or
 * NULL: any will do. */
const char *elf_import_version(const struct elf *e, uint64_t i);

/* Does it offer this version to others? */
bool elf_offers_version(const struct elf *e, const char *version);

/* Call each for all versions it wants of libraries; true stops. */
bool elf_each_wanted_version(const struct elf *e,
			     bool (*each)(const char *library,
					  const char *version, unsigned int id,
					  void *arg),
			     void *arg);

/* Call each for all versions it offers; true stops. */
bool elf_each_offered_version(const struct elf *e,
			      bool (*each)(const char *version, void *arg),
			      void *arg);

#endif
