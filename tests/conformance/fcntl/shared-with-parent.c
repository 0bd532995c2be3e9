/*
 * A program's standard input and output are shared with the shell that started
 * it. Their flags must not change before, during or after the run of a child
 * whose threads wait on them; for a pipe and for a terminal; also when the
 * child is killed.
 */
#include "lib_tty.h"
#include <sys/prctl.h>

static void *reader(void *argument)
{
	char data[10];
	ssize_t got = read(0, data, sizeof(data));

	(void)argument;
	CHECK(got > 0);
	CHECK_INT(write(1, data, got), got);
	return NULL;
}

static void *writer(void *argument)
{
	(void)argument;
	CHECK_INT(write(1, "started\n", 8), 8);
	return NULL;
}

static int child(void)
{
	pthread_t a = start(writer, NULL), b = start(reader, NULL);

	CHECK_INT(fcntl(0, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(fcntl(1, F_GETFL) & O_NONBLOCK, 0);
	join(a);
	join(b);
	/* Also with output through stdio, and main itself waiting. */
	printf("finished\n");
	return 0;
}

static void expect(int fd, const char *text)
{
	char got[100];
	size_t len = 0;

	/* A terminal turns \n into \r\n. */
	while (len < strlen(text)) {
		char byte;

		CHECK_INT(read(fd, &byte, 1), 1);
		if (byte != '\r')
			got[len++] = byte;
	}
	if (memcmp(got, text, len))
		FAIL("got \"%.*s\", want \"%s\"", (int)len, got, text);
}

static void drive(const char *self, int in_child, int in, int out_child,
		  int out, int kill_it)
{
	int in_flags = fcntl(in_child, F_GETFL);
	int out_flags = fcntl(out_child, F_GETFL);
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in_child, 0);
		dup2(out_child, 1);
		execl("/proc/self/exe", self, "child", (char *)NULL);
		_exit(127);
	}
	expect(out, "started\n");
	settle();
	CHECK_INT(fcntl(in_child, F_GETFL), in_flags);
	CHECK_INT(fcntl(out_child, F_GETFL), out_flags);
	if (kill_it) {
		CHECK_INT(kill(pid, SIGKILL), 0);
		status = wait_for(pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	} else {
		CHECK_INT(write(in, "data\n", 5), 5);
		expect(out, "data\nfinished\n");
		CHECK_INT(wait_for(pid), 0);
	}
	CHECK_INT(fcntl(in_child, F_GETFL), in_flags);
	CHECK_INT(fcntl(out_child, F_GETFL), out_flags);
}

int main(int argc, char **argv)
{
	int in[2], out[2], master, slave;

	if (argc > 1)
		return child();

	for (int kill_it = 0; kill_it < 2; kill_it++) {
		CHECK_INT(pipe(in), 0);
		CHECK_INT(pipe(out), 0);
		drive(argv[0], in[0], in[1], out[1], out[0], kill_it);
		ok(kill_it ? "pipes, killed" : "pipes");
		stream_pair(in);
		drive(argv[0], in[0], in[1], in[0], in[1], kill_it);
		ok(kill_it ? "a socket, killed" : "a socket");

		master = open_terminal(&slave);
		drive(argv[0], slave, master, slave, master, kill_it);
		ok(kill_it ? "a terminal, killed" : "a terminal");
		close(master);
		close(slave);
	}
	return 0;
}
