/* values.c - the parser of the GREENSHIM_ variables: values.h. */
#include <signal.h>
#include <string.h>

#include "process/values.h"
#include "base/state.h"

#define STACK_MIN 16384ul
#define STACK_MAX (1024ul << 30)

/* Digits alone, without a sign, a space or a leading 0; then *end.  -1: not
 * that, or a number of more than 15 digits. */
static long digits(const char *v, const char **end)
{
	long n = 0;
	int i;

	if (*v < '1' || *v > '9')
		return -1;
	for (i = 0; v[i] >= '0' && v[i] <= '9'; i++) {
		if (i == 15)
			return -1;
		n = n * 10 + (v[i] - '0');
	}
	*end = v + i;
	return n;
}

const char *value_hubs(const char *v, int *hubs)
{
	const char *end;
	long n = strcmp(v, "auto") ? digits(v, &end) : 0;

	if (n < 0 || n > HUBS_MAX || (n > 0 && *end))
		return "1-256 or auto";
	*hubs = (int)n;
	return NULL;
}

const char *value_stack(const char *v, size_t *bytes)
{
	static const char expected[] = "16K-1024G, in bytes or as 64K, 8M, 1G";
	const char *end;
	long n = digits(v, &end);
	int shift = 0;

	if (n < 0)
		return expected;
	if (*end == 'k' || *end == 'K')
		shift = 10;
	else if (*end == 'm' || *end == 'M')
		shift = 20;
	else if (*end == 'g' || *end == 'G')
		shift = 30;
	if (shift)
		end++;
	if (*end || (size_t)n > STACK_MAX >> shift ||
	    (size_t)n << shift < STACK_MIN)
		return expected;
	*bytes = (size_t)n << shift;
	return NULL;
}

const char *value_flag(const char *v, bool *flag)
{
	if (strcmp(v, "0") != 0 && strcmp(v, "1") != 0)
		return "0 or 1";
	*flag = *v == '1';
	return NULL;
}

/* 0: there is none of that name. */
static int signal_of_name(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} also[] = { { "IOT", SIGIOT }, { "CLD", SIGCLD }, { "IO", SIGIO } };
	size_t i;
	int n;

	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (i = 0; i < sizeof(also) / sizeof(*also); i++)
		if (!strcmp(name, also[i].name))
			return also[i].number;
	for (n = 1; n < __SIGRTMIN; n++) {
		const char *its = sigabbrev_np(n);

		if (its && !strcmp(name, its))
			return n;
	}
	return 0;
}

const char *value_signal(const char *v, int *number)
{
	const char *end = "";
	long n = digits(v, &end);

	if (n < 0)
		n = signal_of_name(v);
	/* libc uses the two below SIGRTMIN itself. */
	if (*end || n < 1 || n > SIGRTMAX || n == SIGKILL || n == SIGSTOP ||
	    (n >= __SIGRTMIN && n < SIGRTMIN))
		return "a signal that can be caught, such as USR2";
	*number = (int)n;
	return NULL;
}
