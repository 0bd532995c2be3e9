/*
 * offload_spec.c - parses the specifications of GREENSHIM_OFFLOAD:
 *
 *	spec = [library ':'] function '=' type '(' [type {',' type}] ')'
 *
 * with spaces between any two tokens.  Types are single words, so that the
 * parser need not know C declarations: only how an argument is passed matters,
 * and all pointers are passed in the same way.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "door/offload_spec.h"

#define NAME(name, type) name
static const char *const types[] = { OFFLOAD_TYPES(NAME) };

#define NTYPES (sizeof(types) / sizeof(types[0]))

static char wrong[512]; /* the message */

/* The names of all types, for messages. */
static const char *all_types(void)
{
	static char names[256];
	size_t i;

	*names = 0;
	for (i = 0; i < NTYPES; i++) {
		if (i)
			strcat(names, " ");
		strcat(names, types[i]);
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

char *offload_next_spec(char **list)
{
	char *spec;

	while (*list) {
		spec = *list;
		*list = strchr(spec, ';');
		if (*list)
			*(*list)++ = 0;
		spec = trim(spec);
		if (*spec)
			return spec;
	}
	return NULL;
}

static const char *find_type(char *text, unsigned char *type)
{
	const char *name = trim(text);
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (!strcmp(name, types[i])) {
			*type = (unsigned char)i;
			return NULL;
		}
	if (!*name)
		return "a type is missing (write () for no arguments)";
	snprintf(wrong, sizeof(wrong),
		 "'%.100s' is not a type (expected one of: %s)", name,
		 all_types());
	return wrong;
}

static const char *parse_arguments(struct offload_spec *o, char *text)
{
	const char *why;
	char *next;

	text = trim(text);
	if (!*text || !strcmp(text, "void"))
		return NULL;
	for (; text; text = next) {
		unsigned char type;

		next = strchr(text, ',');
		if (next)
			*next++ = 0;
		why = find_type(text, &type);
		if (why)
			return why;
		if (type == OFFLOAD_VOID)
			return "an argument cannot be void "
			       "(write () for no arguments)";
		if (o->nargs == OFFLOAD_ARGS_MAX) {
			snprintf(wrong, sizeof(wrong),
				 "the function has more than %d arguments "
				 "(leave this specification out)",
				 OFFLOAD_ARGS_MAX);
			return wrong;
		}
		o->args[o->nargs++] = type;
	}
	return NULL;
}

/* A call aside returns to another frame than it was made from, and once. */
static const char *forbidden(const char *function)
{
	static const char *const returns_twice[] = {
		"setjmp",     "_setjmp",     "sigsetjmp",  "__sigsetjmp",
		"longjmp",    "_longjmp",    "siglongjmp", "vfork",
		"getcontext", "swapcontext", "setcontext",
	};
	size_t i;

	for (i = 0; i < sizeof(returns_twice) / sizeof(*returns_twice); i++)
		if (!strcmp(function, returns_twice[i]))
			return "it depends on the stack of its caller "
			       "(leave this specification out)";
	return NULL;
}

const char *offload_parse(struct offload_spec *o, char *text)
{
	/* Search from the end: the path may contain '=' and ':', the rest may
	 * not. */
	char *equals = strrchr(text, '='), *open, *close, *colon;
	const char *why;

	o->nargs = 0;
	open = equals ? strchr(equals, '(') : NULL;
	close = open ? strchr(open, ')') : NULL;
	if (!close || *trim(close + 1))
		return "not a function with its signature "
		       "(expected 'libx.so:f=int(ptr,int)')";
	*equals++ = *open++ = *close = 0;
	colon = strrchr(text, ':');
	if (colon)
		*colon++ = 0;
	o->library = colon ? trim(text) : "";
	o->function = trim(colon ? colon : text);
	if (!*o->function)
		return "the name of the function is missing "
		       "(expected 'libx.so:f=int(ptr,int)')";
	why = find_type(equals, &o->result);
	if (!why)
		why = parse_arguments(o, open);
	return why ? why : forbidden(o->function);
}
