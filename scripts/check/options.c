/*
 * options.c - checks the GREENSHIM_ variables, which greenrun has set from its
 * options, with the parsers that the library itself uses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "door/offload_spec.h"
#include "process/values.h"
#include "options.h"
#include "start.h"

/* Each checks a value; what names the option or the variable. */
typedef void check_value(const char *what, const char *value);

#define PARSED(name, type)                                                     \
	static void check_##name(const char *what, const char *value)          \
	{                                                                      \
		type unused;                                                   \
		const char *expected = value_##name(value, &unused);           \
                                                                               \
		if (expected)                                                  \
			fail(EXIT_OURS, VALUE_INVALID, what, value, expected); \
	}

PARSED(hubs, int)
PARSED(stack, size_t)
PARSED(flag, bool)
PARSED(signal, int)

/* 1 is stderr, 0 is nowhere; else the file is written when the program exits. */
static void check_stats(const char *what, const char *value)
{
	char *slash, *dir = strdup(value);
	struct stat st;

	if (!dir)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	slash = strrchr(dir, '/');
	if (slash)
		slash[1] = 0;
	if (!strcmp(value, "0") || !strcmp(value, "1"))
		; /* no file */
	else if (stat(value, &st) == 0 && S_ISDIR(st.st_mode))
		fail(EXIT_OURS, "%s: '%s' is a directory (name a file in it)",
		     what, value);
	else if (access(value, F_OK) == 0 && access(value, W_OK) < 0)
		fail(EXIT_OURS, "%s: cannot write '%s' (name another file)",
		     what, value);
	else if (slash && (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)))
		fail(EXIT_OURS, "%s: no directory '%s' (create it first)", what,
		     dir);
	else if (access(value, F_OK) < 0 && access(slash ? dir : ".", W_OK) < 0)
		fail(EXIT_OURS,
		     "%s: cannot create a file in '%s' (name another file)",
		     what, slash ? dir : ".");
	free(dir);
}

static void check_offload(const char *what, const char *value)
{
	char *copy = strdup(value), *names = strdup(value);
	char *list = copy, *list_of_names = names, *spec;
	struct offload_spec parsed;
	int n = 0;

	if (!copy || !names)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	while ((spec = offload_next_spec(&list))) {
		const char *name = offload_next_spec(&list_of_names);
		const char *why = offload_parse(&parsed, spec);

		if (why)
			fail(EXIT_OURS, "%s: '%.200s': %s", what, name, why);
		n++;
	}
	if (n == 0)
		fail(EXIT_OURS,
		     "%s: no function (expected 'libx.so:f=int(ptr,int)')",
		     what);
	free(names);
	free(copy);
}

static bool is_given(const char *given, const char *option)
{
	size_t n = strlen(option);
	const char *at;

	for (at = given; (at = strstr(at, option)); at += n)
		if ((at == given || at[-1] == ',') && at[n] == ',')
			return true;
	return false;
}

void options_check(const char *given)
{
	static const struct {
		const char *option, *variable;
		check_value *check;
	} all[] = {
		{ "--disable", "GREENSHIM_DISABLE", check_flag },
		{ "--hubs", "GREENSHIM_HUBS", check_hubs },
		{ "--stack", "GREENSHIM_STACK", check_stack },
		{ "--stats", "GREENSHIM_STATS", check_stats },
		{ "--no-follow", "GREENSHIM_FOLLOW", check_flag },
		{ "--offload", "GREENSHIM_OFFLOAD", check_offload },
		{ "--raw", "GREENSHIM_RAW", check_flag },
		{ "", "GREENSHIM_DUMP_SIGNAL", check_signal },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool option = *all[i].option && is_given(given, all[i].option);
		const char *value = getenv(all[i].variable);

		if (value && (*value || option))
			all[i].check(option ? all[i].option : all[i].variable,
				     value);
	}
}
