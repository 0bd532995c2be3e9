/*
 * offload_parse.c - parses the specifications of GREENSHIM_OFFLOAD:
 *
 *	spec = [library ':'] function '=' type '(' [type {',' type}] ')'
 *
 * with spaces between any two tokens.  Types are single words, so that the
 * parser need not know C declarations: only how an argument is passed matters,
 * and all pointers are passed in the same way.
 */
#include <ctype.h>
#include <string.h>

#include "interpose.h"
#include "door/offload.h"

static const struct {
	const char *name;
	ffi_type *type;
} types[] = {
	{ "void", &ffi_type_void },	  { "bool", &ffi_type_uint8 },
	{ "char", &ffi_type_schar },	  { "uchar", &ffi_type_uchar },
	{ "short", &ffi_type_sshort },	  { "ushort", &ffi_type_ushort },
	{ "int", &ffi_type_sint },	  { "uint", &ffi_type_uint },
	{ "long", &ffi_type_slong },	  { "ulong", &ffi_type_ulong },
	{ "longlong", &ffi_type_sint64 }, { "ulonglong", &ffi_type_uint64 },
	{ "size_t", &ffi_type_ulong },	  { "ssize_t", &ffi_type_slong },
	{ "int8", &ffi_type_sint8 },	  { "uint8", &ffi_type_uint8 },
	{ "int16", &ffi_type_sint16 },	  { "uint16", &ffi_type_uint16 },
	{ "int32", &ffi_type_sint32 },	  { "uint32", &ffi_type_uint32 },
	{ "int64", &ffi_type_sint64 },	  { "uint64", &ffi_type_uint64 },
	{ "float", &ffi_type_float },	  { "double", &ffi_type_double },
	{ "ptr", &ffi_type_pointer },
};

#define NTYPES (sizeof(types) / sizeof(types[0]))

/* The names of all types, for messages. */
static const char *all_types(void)
{
	static char names[256];
	size_t i;

	for (i = 0; i < NTYPES; i++) {
		if (i)
			strcat(names, " ");
		strcat(names, types[i].name);
	}
	return names;
}

/* Cut spaces off both ends, in place. */
static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
	return s;
}

static ffi_type *find_type(const struct offload *o, char *text)
{
	const char *name = trim(text);
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (!strcmp(name, types[i].name))
			return types[i].type;
	if (!*name)
		offload_refuse(o, "a type is missing "
				  "(write () for no arguments)");
	offload_refuse(o, "'%s' is not a type (expected one of: %s)", name,
		       all_types());
}

static void parse_arguments(struct offload *o, char *text)
{
	char *next;

	text = trim(text);
	if (!*text || !strcmp(text, "void"))
		return;
	for (; text; text = next) {
		ffi_type *type;

		next = strchr(text, ',');
		if (next)
			*next++ = 0;
		type = find_type(o, text);
		if (type == &ffi_type_void)
			offload_refuse(o, "an argument cannot be void "
					  "(write () for no arguments)");
		if (o->nargs == OFFLOAD_ARGS_MAX)
			offload_refuse(o,
				       "the function has more than %d "
				       "arguments (leave this specification "
				       "out)",
				       OFFLOAD_ARGS_MAX);
		o->args[o->nargs++] = type;
	}
}

void offload_parse(struct offload *o, char *text)
{
	/* Search from the end: the path may contain '=' and ':', the rest may
	 * not. */
	char *equals = strrchr(text, '='), *open, *close, *colon;

	open = equals ? strchr(equals, '(') : NULL;
	close = open ? strchr(open, ')') : NULL;
	if (!close || *trim(close + 1))
		offload_refuse(o, "not a function with its signature "
				  "(expected 'libx.so:f=int(ptr,int)')");
	*equals++ = *open++ = *close = 0;
	colon = strrchr(text, ':');
	if (colon)
		*colon++ = 0;
	o->library = colon ? trim(text) : "";
	o->function = trim(colon ? colon : text);
	if (!*o->function)
		offload_refuse(o, "the name of the function is missing "
				  "(expected 'libx.so:f=int(ptr,int)')");
	o->result = find_type(o, equals);
	parse_arguments(o, open);
}
