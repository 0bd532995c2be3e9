/*
 * offload_spec.h - the specifications of GREENSHIM_OFFLOAD (offload_spec.c).
 *
 * The library and greencheck, which reads the specifications before a start,
 * share this one parser.
 */
#ifndef GREEN_OFFLOAD_SPEC_H
#define GREEN_OFFLOAD_SPEC_H

#define OFFLOAD_ARGS_MAX 32

/* The types of arguments and results, by number, and libffi's name of each. */
#define OFFLOAD_TYPES(X)                                                       \
	X("void", void), X("bool", uint8), X("char", schar),                   \
		X("uchar", uchar), X("short", sshort), X("ushort", ushort),    \
		X("int", sint), X("uint", uint), X("long", slong),             \
		X("ulong", ulong), X("longlong", sint64),                      \
		X("ulonglong", uint64), X("size_t", ulong),                    \
		X("ssize_t", slong), X("int8", sint8), X("uint8", uint8),      \
		X("int16", sint16), X("uint16", uint16), X("int32", sint32),   \
		X("uint32", uint32), X("int64", sint64), X("uint64", uint64),  \
		X("float", float), X("double", double), X("ptr", pointer)
#define OFFLOAD_VOID 0

struct offload_spec {
	const char *library;  /* file name or path; "": any library */
	const char *function; /* name of the function */
	unsigned char result; /* a number in OFFLOAD_TYPES */
	unsigned char args[OFFLOAD_ARGS_MAX];
	unsigned nargs;
};

/* Cut the next specification off *list, a list with semicolons, which is
 * changed; without the spaces at its ends.  NULL: there is none left. */
char *offload_next_spec(char **list);

/* Parse one specification into o.  text is changed, and o points into it.
 * Returns NULL; or what is wrong and what to do, for a message. */
const char *offload_parse(struct offload_spec *o, char *text);

#endif
