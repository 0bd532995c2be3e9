// CFLAGS: -D_FORTIFY_SOURCE=2
/*
 * The functions that a fortified build actually calls (__read_chk, __recv_chk,
 * __recvfrom_chk, __pread_chk, __poll_chk, __ppoll_chk, __fdelt_chk,
 * __fgets_chk, __fread_chk, __gethostname_chk) wait like the plain ones.
 */
#include "lib.h"
#include <sys/select.h>

/* Kept from the optimiser, so that the sizes stay unknown to it. */
static volatile size_t four = 4;
static volatile nfds_t one = 1;
static int fds[2];

static void *sender(void *argument)
{
	(void)argument;
	for (int i = 0; i < 8; i++) {
		char reply;

		sleep_ms(10);
		CHECK_INT(write(fds[1], "data", 4), 4);
		CHECK_INT(read(fds[1], &reply, 1), 1);
	}
	return NULL;
}

static void check_data(const char *data)
{
	CHECK(memcmp(data, "data", 4) == 0);
	CHECK_INT(write(fds[0], ".", 1), 1);
}

static void checks(void)
{
	char data[8];
	struct pollfd pollfd;
	struct sockaddr_un from;
	socklen_t len = sizeof(from);
	struct timespec long_time = { 20, 0 };
	fd_set set;
	pthread_t thread;
	FILE *stream;
	int file;

	stream_pair(fds);
	thread = start(sender, NULL);

	CHECK_INT(read(fds[0], data, four), 4);
	check_data(data);
	ok("read");
	CHECK_INT(recv(fds[0], data, four, 0), 4);
	check_data(data);
	ok("recv");
	CHECK_INT(recvfrom(fds[0], data, four, 0, (struct sockaddr *)&from,
			   &len),
		  4);
	check_data(data);
	ok("recvfrom");

	pollfd = (struct pollfd){ fds[0], POLLIN, 0 };
	CHECK_INT(poll(&pollfd, one, -1), 1);
	CHECK_INT(pollfd.revents, POLLIN);
	CHECK_INT(read(fds[0], data, four), 4);
	check_data(data);
	ok("poll");
	CHECK_INT(ppoll(&pollfd, one, &long_time, NULL), 1);
	CHECK_INT(read(fds[0], data, four), 4);
	check_data(data);
	ok("ppoll");

	FD_ZERO(&set);
	FD_SET(fds[0] + (int)four - 4, &set);
	CHECK_INT(select(fds[0] + 1, &set, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(fds[0] + (int)four - 4, &set));
	CHECK_INT(read(fds[0], data, four), 4);
	check_data(data);
	ok("select");

	stream = fdopen(dup(fds[0]), "r");
	setvbuf(stream, NULL, _IONBF, 0);
	CHECK(fgets(data, (int)four + 1, stream) == data);
	check_data(data);
	CHECK_INT(fread(data, 1, four, stream), 4);
	check_data(data);
	fclose(stream);
	ok("fgets and fread");
	join(thread);
	close(fds[0]);
	close(fds[1]);

	file = scratch_file();
	CHECK_INT(write(file, "0123456789", 10), 10);
	CHECK_INT(pread(file, data, four, 3), 4);
	CHECK(memcmp(data, "3456", 4) == 0);
	close(file);
	ok("pread");
}

int main(void)
{
	run_both(checks);
	return 0;
}
