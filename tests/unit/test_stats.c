/* The report at exit. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit.h"

SUITE(stats);

static char path[] = "/tmp/green-stats-XXXXXX";
static char text[8192];

static atomic_bool all_made;

static void *naps(void *arg)
{
	while (!all_made) /* all alive at once: the peak */
		green_yield();
	nap(1);
	hop_enter();
	hop_leave();
	return arg;
}

static void run_and_exit(const char *file, bool green)
{
	struct fiber *f[10];
	int i;

	setenv("GREENSHIM_STATS", file, 1);
	config_read();
	if (rt_config.stats)
		stats_init();
	if (green) {
		green_start();
		for (i = 0; i < 10; i++)
			green_spawn(&f[i], NULL, naps, NULL);
		all_made = true;
		for (i = 0; i < 10; i++)
			green_join(f[i], NULL, GREEN_FOREVER);
	}
	exit(3);
}

/*
 * The child's report, from the file that it was told to write, or its standard
 * error if there is none.
 */
static pid_t report(const char *file, bool green)
{
	char name[256];
	int p[2], status, fd;
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe(p), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 2);
		run_and_exit(file, green);
	}
	close(p[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	if (strstr(file, "%p"))
		snprintf(name, sizeof(name), "%.*s%d",
			 (int)(strstr(file, "%p") - file), file, pid);
	else
		snprintf(name, sizeof(name), "%s", file);
	fd = open(name, O_RDONLY);
	if (fd < 0)
		fd = p[0];
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	unlink(name);
	return pid;
}

static long value_of(const char *key)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "\n  %s ", key);
	at = strstr(text, line);
	cr_assert_not_null(at, "no %s in: %s", key, text);
	return strtol(at + strlen(line), NULL, 10);
}

Test(stats, counts_what_happened)
{
	close(mkstemp(path));
	rt_config.stats_door = "27 (nearly all)";
	report(path, true);
	cr_assert_eq(value_of("libc-door"), 27);
	cr_assert_eq(value_of("fibers-made"), 11);
	cr_assert_eq(value_of("fibers-alive"), 1);
	cr_assert_eq(value_of("fibers-peak"), 11);
	cr_assert_eq(value_of("parks-sleep"), 10);
	cr_assert_eq(value_of("timers-set"), 10);
	cr_assert_eq(value_of("timers-fired"), 10);
	cr_assert_eq(value_of("hops"), 10);
	cr_assert_geq(value_of("parks-join"), 1);
	cr_assert_geq(value_of("switches"), 20);
	cr_assert_geq(value_of("kernel-threads-peak"), 3);
}

Test(stats, process_number_in_the_files_name)
{
	char start_of_line[64];
	pid_t pid;

	strcpy(path + strlen(path) - 6, "%p");
	pid = report(path, true);
	snprintf(start_of_line, sizeof(start_of_line),
		 "greenshim: process %d (", pid);
	cr_assert_eq(strncmp(text, start_of_line, strlen(start_of_line)), 0);
}

Test(stats, of_a_process_without_threads)
{
	report("1", false);
	cr_assert_not_null(strstr(text, "never greened"), "%s", text);
}

Test(stats, file_that_cannot_be_written)
{
	report("/nonexistent/file", true);
	cr_assert_not_null(strstr(text, "cannot write statistics to "
					"/nonexistent/file"),
			   "%s", text);
}
