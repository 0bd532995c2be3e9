/*
 * rawcalls.h - system calls that a file makes with instructions of its own.
 */
#ifndef CHECK_RAWCALLS_H
#define CHECK_RAWCALLS_H

#include "elf_file.h"

struct raw_site {
	uint64_t address; /* of the instruction, as objdump -d shows it */
	long number;	  /* of the system call; -1: not known */
};

struct raw_sites {
	struct raw_site *list;
	size_t count; /* how many there seem to be */
	size_t kept;  /* how many of them are in the list */
};

/* Find them.  The caller frees the list, which is shorter than the count if
 * there are many, or if memory is short. */
void raw_find(const struct elf *e, struct raw_sites *out);

/* The name of a system call, or NULL. */
const char *raw_name(long number);

#endif
