/* GREENSHIM_* variables.  A bad value is an error that names the variable. */
#include <limits.h>

#include "base/common.h"
#include "base/log.h"
#include "base/state.h"
#include "process/config.h"
#include "process/trap.h"
#include "process/values.h"

#define EXIT_OURS 125

static void config_invalid(const char *variable, const char *value,
			   const char *expected)
{
	rt_say(VALUE_INVALID, variable, value, expected);
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

/* Have a variable that is set parsed by values.c. */
#define READ(variable, parse, to)                                              \
	do {                                                                   \
		const char *v_ = config_get(variable);                         \
		const char *expected_ = v_ ? parse(v_, to) : NULL;             \
                                                                               \
		if (expected_)                                                 \
			config_invalid(variable, v_, expected_);               \
	} while (0)

/*
 * A bad GREENSHIM_RAW ends the process: a person who asks for it relies on it.
 */
static void read_raw(void)
{
	READ("GREENSHIM_RAW", value_flag, &rt_config.raw);
	if (!rt_config.raw)
		return;
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

/* Servers overwrite their arguments and environment with a title, and change
 * their directory: keep a copy of the path, made absolute. */
static void read_stats(void)
{
	static char file[PATH_MAX];
	const char *v = config_get("GREENSHIM_STATS");
	size_t used = 0;

	if (!v || !strcmp(v, "0"))
		return;
	if (strcmp(v, "1") != 0 && *v != '/') {
		if (raw_syscall(SYS_getcwd, file, sizeof(file)) < 0)
			*file = 0;
		used = strlen(file);
		if (used && used < sizeof(file) - 1)
			file[used++] = '/';
	}
	if (strlen(v) >= sizeof(file) - used)
		config_refuse("GREENSHIM_STATS",
			      "the path is too long (name another)");
	strcpy(file + used, v);
	rt_config.stats = file;
}

void config_read(void)
{
	rt_config.follow = true;
	READ("GREENSHIM_DISABLE", value_flag, &rt_config.disabled);
	if (rt_config.disabled)
		return;
	read_raw();
	READ("GREENSHIM_HUBS", value_hubs, &rt_config.hubs);
	READ("GREENSHIM_STACK", value_stack, &rt_config.stack_size);
	READ("GREENSHIM_DUMP_SIGNAL", value_signal, &rt_config.dump_signal);
	READ("GREENSHIM_FOLLOW", value_flag, &rt_config.follow);
	read_stats();
}
