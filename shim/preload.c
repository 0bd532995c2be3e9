/*
 * preload.c - keeps the shim behind the other libraries of LD_PRELOAD.
 *
 * Another library that defines connect() is to be called first, as it is
 * natively, and calls the shim as it would call libc.  greenrun puts the shim
 * last.  A wrapper that greenrun starts (faketime, eatmydata) may append its
 * library, so the order is restored when the wrapper executes the program.
 *
 * A child of vfork() runs this: no memory is allocated, and no lock taken.
 */
#include <string.h>
#include <unistd.h>

#include "interpose.h"
#include "signal/user_copy.h"
#include "preload.h"

#define VARIABLE   "LD_PRELOAD="
#define OURS	   "libgreenshim.so"
#define SEPARATORS ": "
#define ITEM_MAX   4096
/* A longer environment stays as it is: the copy would not fit on the stack of a
 * thread. */
#define VARIABLES_MAX 1024

/* Does an item of LD_PRELOAD name the shim?  The item need not end where the
 * string does. */
static bool is_ours(const char *item, size_t length)
{
	const size_t name = sizeof(OURS) - 1;

	return length >= name && !memcmp(item + length - name, OURS, name) &&
	       (length == name || item[length - name - 1] == '/');
}

/* The number of variables before LD_PRELOAD, with the total in *all; -1: it is
 * not there, or cannot be read. */
static int find_variable(char *const envp[], int *all)
{
	char name[sizeof(VARIABLE)];
	/* Else the program may hand over any pointer, and the kernel says
	 * EFAULT. */
	bool known = envp == environ;
	int n, found = -1;
	char *at;

	for (n = 0; n < VARIABLES_MAX; n++) {
		at = NULL;
		if (known)
			at = envp[n];
		else if (USER_GET(&at, &envp[n]) < 0)
			return -1;
		if (!at)
			break;
		if (found >= 0)
			continue;
		if (known ? !strncmp(at, VARIABLE, sizeof(VARIABLE) - 1)
			  : user_copy(name, at, sizeof(VARIABLE) - 1) == 0 &&
				    !memcmp(name, VARIABLE,
					    sizeof(VARIABLE) - 1))
			found = n;
	}
	*all = n;
	return n < VARIABLES_MAX ? found : -1;
}

/* Does an item follow the shim's? */
static bool is_disordered(const char *list)
{
	bool seen = false;

	while (*(list += strspn(list, SEPARATORS))) {
		size_t n = strcspn(list, SEPARATORS);

		if (is_ours(list, n))
			seen = true;
		else if (seen)
			return true;
		list += n;
	}
	return false;
}

size_t preload_room(char *const envp[])
{
	int all, at;

	if (!envp)
		return 0;
	at = find_variable(envp, &all);
	if (at < 0 || !is_disordered(envp[at] + sizeof(VARIABLE) - 1) ||
	    strlen(envp[at]) >= ITEM_MAX)
		return 0;
	/* The pointers, and the text behind them with one more colon. */
	return (size_t)all + 1 +
	       (strlen(envp[at]) + 2 + sizeof(*envp) - 1) / sizeof(*envp);
}

/* Append the items of list to text that are the shim, or those that are not. */
static char *append_items(char *text, const char *list, bool ours)
{
	while (*(list += strspn(list, SEPARATORS))) {
		size_t n = strcspn(list, SEPARATORS);

		if (is_ours(list, n) == ours) {
			text = mempcpy(text, list, n);
			*text++ = ':';
		}
		list += n;
	}
	return text;
}

char *const *preload_last(char *const envp[], char **room, size_t pointers)
{
	char **copy = room, *text, *end;
	const char *list;
	int all, at;

	if (pointers == 0)
		return envp;
	at = find_variable(envp, &all);
	list = envp[at] + sizeof(VARIABLE) - 1;
	memcpy(copy, envp, ((size_t)all + 1) * sizeof(*copy));
	text = (char *)(copy + all + 1);
	copy[at] = text;
	end = mempcpy(text, VARIABLE, sizeof(VARIABLE) - 1);
	end = append_items(end, list, false);
	end = append_items(end, list, true);
	end[-1] = 0; /* the last colon */
	return copy;
}
