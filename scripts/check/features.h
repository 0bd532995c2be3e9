/*
 * features.h - what the kernel, the CPU and the administrator allow.
 */
#ifndef CHECK_FEATURES_H
#define CHECK_FEATURES_H

#include <stdbool.h>

enum feature_id {
	FEATURE_FSGSBASE,
	FEATURE_GUARD_PAGES,
	FEATURE_PIPE_NOWAIT,
	FEATURE_PIDFD,
	FEATURE_SUD,
	FEATURE_IO_URING,
	FEATURE_LIBC_DOOR,
	FEATURE_PRELOAD,
	FEATURE_SELF_READ,
	FEATURE_DEBUGGER,
	FEATURES,
};

struct feature {
	const char *name;  /* for programs: never changes */
	const char *title; /* for people */
	bool found;
	const char *use; /* what it is used for, or what replaces it */
};

/* Try all of them.  library: the file of the shim. */
void features_probe(struct feature out[FEATURES], const char *library);

/* Numbers that limit how many threads there can be; -1: no limit. */
struct ceilings {
	long descriptors, descriptors_hard;
	long mappings;	    /* vm.max_map_count */
	long address_space; /* bytes */
	long stack;	    /* bytes a thread */
	bool strict_memory; /* vm.overcommit_memory is 2 */
};

void ceilings_read(struct ceilings *out);

#endif
