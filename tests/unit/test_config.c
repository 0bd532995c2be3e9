/* GREENSHIM_ variables: valid values are used, invalid ones end the program. */
#include <fcntl.h>
#include <sys/wait.h>

#include "fiber/stack.h"
#include "unit.h"

SUITE(config);

/*
 * Reads the configuration in a child with name=value; returns its exit status
 * and its message.
 */
static int status_with(const char *name, const char *value, char *said,
		       size_t size)
{
	int p[2], status;
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 2);
		setenv(name, value, 1);
		config_read();
		_exit(0);
	}
	close(p[1]);
	n = read(p[0], said, size - 1);
	said[n > 0 ? n : 0] = 0;
	close(p[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void good(const char *name, const char *value)
{
	char said[512];

	cr_assert_eq(status_with(name, value, said, sizeof(said)), 0,
		     "%s=%s was refused: %s", name, value, said);
	cr_assert_str_empty(said);
}

static void bad(const char *name, const char *value)
{
	char said[512];

	cr_assert_eq(status_with(name, value, said, sizeof(said)), 125,
		     "%s=%s was taken", name, value);
	cr_assert_not_null(strstr(said, name), "not named in: %s", said);
	cr_assert_not_null(strstr(said, value), "not shown in: %s", said);
	cr_assert_not_null(strstr(said, "(expected "), "no advice in: %s",
			   said);
}

Test(config, hubs)
{
	good("GREENSHIM_HUBS", "1");
	good("GREENSHIM_HUBS", "256");
	good("GREENSHIM_HUBS", "auto");
	good("GREENSHIM_HUBS", "");
	bad("GREENSHIM_HUBS", "banana");
	bad("GREENSHIM_HUBS", "0");
	bad("GREENSHIM_HUBS", "-1");
	bad("GREENSHIM_HUBS", "257");
	bad("GREENSHIM_HUBS", "2x");
	bad("GREENSHIM_HUBS", "99999999999999999999999");
}

Test(config, stack)
{
	good("GREENSHIM_STACK", "65536");
	good("GREENSHIM_STACK", "64K");
	good("GREENSHIM_STACK", "1g");
	bad("GREENSHIM_STACK", "banana");
	bad("GREENSHIM_STACK", "1K");
	bad("GREENSHIM_STACK", "-8M");
	bad("GREENSHIM_STACK", "8MB");
	bad("GREENSHIM_STACK", "99999999999999999999999");
	bad("GREENSHIM_STACK", "99999999999G");
}

Test(config, dump_signal)
{
	good("GREENSHIM_DUMP_SIGNAL", "USR1");
	good("GREENSHIM_DUMP_SIGNAL", "SIGQUIT");
	good("GREENSHIM_DUMP_SIGNAL", "12");
	bad("GREENSHIM_DUMP_SIGNAL", "9");
	bad("GREENSHIM_DUMP_SIGNAL", "banana");
	bad("GREENSHIM_DUMP_SIGNAL", "65");
}

Test(config, raw)
{
	good("GREENSHIM_RAW", "0");
	good("GREENSHIM_RAW", "1");
	bad("GREENSHIM_RAW", "2");
	bad("GREENSHIM_RAW", "yes");
}

Test(config, values_arrive)
{
	setenv("GREENSHIM_HUBS", "3", 1);
	setenv("GREENSHIM_STACK", "1M", 1);
	setenv("GREENSHIM_DUMP_SIGNAL", "SIGUSR1", 1);
	config_read();
	cr_assert_eq(rt_config.hubs, 3);
	cr_assert_eq(rt_config.stack_size, 1 << 20);
	cr_assert_eq(rt_config.dump_signal, SIGUSR1);
	cr_assert_null(rt_config.stats);
	start();
	cr_assert_eq(rt.nhubs, 3);
	cr_assert_eq(stack_default_size(), 1 << 20);
}
