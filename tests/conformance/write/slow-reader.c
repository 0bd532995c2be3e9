/*
 * write(2) and send(2) on a blocking descriptor return when everything is
 * written: 1 MB to readers that read in small pieces, through a pipe, a socket
 * pair and TCP at once.
 */
#include "lib.h"

#define SIZE  (1024 * 1024)
#define KINDS 6

struct job {
	int kind, in, out;
};

static void *reader(void *argument)
{
	struct job *job = argument;
	size_t total = 0;
	static __thread char piece[7001];
	ssize_t got;

	while ((got = read(job->in, piece, sizeof(piece))) > 0) {
		CHECK(is_pattern(piece, got, total + job->kind));
		total += got;
		if (total % 16 == 0)
			sleep_ms(1);
	}
	CHECK_INT(got, 0);
	CHECK_INT(total, SIZE);
	close(job->in);
	return NULL;
}

static void *writer(void *argument)
{
	struct job *job = argument;
	char *data = malloc(SIZE);
	ssize_t put;

	fill_pattern(data, SIZE, job->kind);
	switch (job->kind) {
	case 3:
		put = send(job->out, data, SIZE, 0);
		break;
	case 4: {
		struct iovec iov[3] = { { data, 1000 },
					{ data + 1000, 600000 },
					{ data + 601000, SIZE - 601000 } };
		put = writev(job->out, iov, 3);
		break;
	}
	case 5: {
		struct iovec iov = { data, SIZE };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		put = sendmsg(job->out, &msg, 0);
		break;
	}
	default:
		put = write(job->out, data, SIZE);
	}
	CHECK_INT(put, SIZE);
	free(data);
	close(job->out);
	return NULL;
}

int main(void)
{
	struct job jobs[KINDS];
	pthread_t threads[2 * KINDS];

	be_threaded();
	for (int i = 0; i < KINDS; i++) {
		int fds[2];

		open_pair(fds, i < PAIR_TCP ? i : PAIR_TCP);
		jobs[i] = (struct job){ i, fds[0], fds[1] };
		threads[2 * i] = start(writer, &jobs[i]);
	}
	settle();
	for (int i = 0; i < KINDS; i++)
		threads[2 * i + 1] = start(reader, &jobs[i]);
	for (int i = 0; i < 2 * KINDS; i++)
		join(threads[i]);
	ok("all of it arrives, by write, send, writev and sendmsg");
	return 0;
}
