/* GREENSHIM_* variables.  A bad value is an error that names the variable. */
#include <limits.h>
#include <stdio.h>

#include "base/common.h"
#include "base/log.h"
#include "base/state.h"
#include "process/config.h"
#include "process/trap.h"

#define EXIT_OURS 125

/* The words are those of scripts/greenrun, which checks first. */
static void config_invalid(const char *variable, const char *value,
			   const char *expected)
{
	rt_say("%s: invalid value '%s' (expected %s)", variable, value,
	       expected);
	raw_syscall(SYS_exit_group, EXIT_OURS);
}

static void config_refuse(const char *variable, const char *why)
{
	rt_say("%s: %s", variable, why);
	raw_syscall(SYS_exit_group, EXIT_OURS);
}

/* An empty variable counts as unset. */
static const char *config_get(const char *variable)
{
	const char *v = secure_getenv(variable);

	return v && *v ? v : NULL;
}

static void read_hubs(void)
{
	const char *v = config_get("GREENSHIM_HUBS");
	char *end;
	long n;

	if (!v || !strcmp(v, "auto"))
		return;
	n = strtol(v, &end, 10);
	if (*end || n < 1 || n > HUBS_MAX)
		config_invalid("GREENSHIM_HUBS", v, "1-256 or auto");
	rt_config.hubs = (int)n;
}

static void read_stack(void)
{
	const char *v = config_get("GREENSHIM_STACK");
	unsigned long n;
	char *end;
	int shift = 0;

	if (!v)
		return;
	errno = 0;
	n = strtoul(v, &end, 10);
	if (*end == 'k' || *end == 'K')
		shift = 10;
	else if (*end == 'm' || *end == 'M')
		shift = 20;
	else if (*end == 'g' || *end == 'G')
		shift = 30;
	end += shift != 0;
	if (*end || *v < '0' || *v > '9')
		config_invalid("GREENSHIM_STACK", v, "bytes, or 64K, 8M, 1G");
	if (errno || n > (1ul << 40) >> shift || n << shift < 16384) {
		rt_say("GREENSHIM_STACK: value '%s' out of range "
		       "(expected 16K-1024G)",
		       v);
		raw_syscall(SYS_exit_group, EXIT_OURS);
	}
	rt_config.stack_size = n << shift;
}

static void read_signal(void)
{
	static const struct {
		const char *name;
		int number;
	} names[] = { { "USR1", SIGUSR1 },   { "USR2", SIGUSR2 },
		      { "QUIT", SIGQUIT },   { "HUP", SIGHUP },
		      { "WINCH", SIGWINCH }, { "PWR", SIGPWR },
		      { "URG", SIGURG },     { "INFO", SIGIO },
		      { "none", 0 } };
	const char *v = config_get("GREENSHIM_DUMP_SIGNAL"), *name = v;
	char *end;
	size_t i;
	long n;

	if (!v)
		return;
	n = strtol(v, &end, 10);
	if (!*end && n >= 0 && n <= 64 && n != SIGKILL && n != SIGSTOP) {
		rt_config.dump_signal = (int)n;
		return;
	}
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name)) {
			rt_config.dump_signal = names[i].number;
			return;
		}
	config_invalid("GREENSHIM_DUMP_SIGNAL", v,
		       "a signal that can be caught, such as USR2");
}

/*
 * A bad GREENSHIM_RAW ends the process: a person who asks for it relies on it.
 */
static void read_raw(void)
{
	const char *v = config_get("GREENSHIM_RAW");

	if (!v || !strcmp(v, "0"))
		return;
	if (strcmp(v, "1") != 0)
		config_invalid("GREENSHIM_RAW", v, "0 or 1");
	rt_config.raw = true;
	switch (trap_init()) {
	case 0:
		return;
	case -ENOSYS:
		config_refuse("GREENSHIM_RAW",
			      "this libc makes system calls in an unknown way "
			      "(unset the variable)");
		return;
	default:
		config_refuse("GREENSHIM_RAW",
			      "this kernel has no Syscall User Dispatch "
			      "(Linux 5.11 has it)");
	}
}

void config_read(void)
{
	static char stats_file[PATH_MAX];
	const char *stats = config_get("GREENSHIM_STATS");
	const char *disable = config_get("GREENSHIM_DISABLE");

	rt_config.disabled = disable && strcmp(disable, "0") != 0;
	if (rt_config.disabled)
		return;
	read_raw();
	read_hubs();
	read_stack();
	read_signal();
	if (stats && strcmp(stats, "0") != 0) {
		/* Servers overwrite their arguments and environment with a
		 * title. */
		if (strlen(stats) >= sizeof(stats_file))
			config_refuse("GREENSHIM_STATS",
				      "the path is too long (name another)");
		rt_config.stats = strcpy(stats_file, stats);
	}
}
