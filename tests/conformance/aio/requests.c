/*
 * aio_read(3), aio_write(3), aio_fsync(3), aio_suspend(3), aio_cancel(3),
 * lio_listio(3): many threads with requests of their own, on a file and on
 * pipes that are still empty.
 */
#include "lib.h"
#include <aio.h>

#define THREADS 8
#define BLOCK	4096

static int file, pipe_fds[2];

static struct aiocb request(int fd, void *data, size_t n, off_t at)
{
	struct aiocb cb = { .aio_fildes = fd,
			    .aio_buf = data,
			    .aio_nbytes = n,
			    .aio_offset = at };

	return cb;
}

static void finish(struct aiocb *cb, ssize_t want)
{
	const struct aiocb *list[] = { NULL, cb };

	while (aio_error(cb) == EINPROGRESS)
		CHECK_INT(aio_suspend(list, 2, NULL), 0);
	CHECK_INT(aio_error(cb), 0);
	CHECK_INT(aio_return(cb), want);
}

static void *worker(void *argument)
{
	off_t at = (intptr_t)argument * BLOCK;
	char data[BLOCK], back[BLOCK];
	struct aiocb cb;

	fill_pattern(data, BLOCK, (size_t)at);
	for (int i = 0; i < 4; i++) {
		memset(back, 0, BLOCK);
		cb = request(file, data, BLOCK, at);
		CHECK_INT(aio_write(&cb), 0);
		finish(&cb, BLOCK);
		cb = request(file, back, BLOCK, at);
		CHECK_INT(aio_read(&cb), 0);
		finish(&cb, BLOCK);
		CHECK(is_pattern(back, BLOCK, (size_t)at));
	}
	cb = request(file, NULL, 0, 0);
	CHECK_INT(aio_fsync(O_DSYNC, &cb), 0);
	finish(&cb, 0);
	return NULL;
}

static void many(void)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(worker, (void *)(intptr_t)i);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("written and read back by many threads");
}

static void *suspended(void *argument)
{
	const struct aiocb *list[] = { argument };

	CHECK_INT(aio_suspend(list, 1, NULL), 0);
	return NULL;
}

static void waiting(void)
{
	struct timespec ts = { 0, 20000000 };
	char data[1];
	struct aiocb cb = request(pipe_fds[0], data, 1, 0);
	const struct aiocb *list[] = { &cb };
	pthread_t threads[THREADS];
	long long from = now_ms();
	int i;

	CHECK_INT(aio_read(&cb), 0);
	CHECK_INT(aio_error(&cb), EINPROGRESS);
	CHECK_ERRNO(aio_suspend(list, 1, &ts), EAGAIN);
	CHECK(now_ms() - from >= 19);
	for (i = 0; i < THREADS; i++)
		threads[i] = start(suspended, &cb);
	settle();
	CHECK_INT(write(pipe_fds[1], "x", 1), 1);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(aio_return(&cb), 1);
	CHECK_INT(data[0], 'x');
	ok("many wait for one request");
}

static void cancelled(void)
{
	char data[2];
	struct aiocb one = request(pipe_fds[0], data, 1, 0);
	struct aiocb two = request(pipe_fds[0], data + 1, 1, 0);

	/* The first request is in progress, the second is queued behind it. */
	CHECK_INT(aio_read(&one), 0);
	settle();
	CHECK_INT(aio_read(&two), 0);
	CHECK_INT(aio_cancel(pipe_fds[0], &two), AIO_CANCELED);
	CHECK_INT(aio_error(&two), ECANCELED);
	CHECK_INT(write(pipe_fds[1], "x", 1), 1);
	finish(&one, 1);
	CHECK_INT(aio_cancel(pipe_fds[0], NULL), AIO_ALLDONE);
	CHECK_ERRNO(aio_cancel(-1, NULL), EBADF);
	ok("aio_cancel");
}

static void *writer(void *argument)
{
	settle();
	CHECK_INT(write(pipe_fds[1], "x", 1), 1);
	return argument;
}

static void lists(void)
{
	char data[3][BLOCK], byte;
	struct aiocb cb[4], *list[5] = { &cb[0], NULL, &cb[1], &cb[2], &cb[3] };
	pthread_t thread = start(writer, NULL);
	int i;

	for (i = 0; i < 3; i++) {
		cb[i] = request(file, data[i], BLOCK, i * BLOCK);
		cb[i].aio_lio_opcode = LIO_READ;
	}
	cb[3] = request(pipe_fds[0], &byte, 1, 0);
	cb[3].aio_lio_opcode = LIO_READ;
	CHECK_INT(lio_listio(LIO_WAIT, list, 5, NULL), 0);
	for (i = 0; i < 3; i++) {
		CHECK_INT(aio_return(&cb[i]), BLOCK);
		CHECK(is_pattern(data[i], BLOCK, (size_t)i * BLOCK));
	}
	CHECK_INT(aio_return(&cb[3]), 1);
	join(thread);
	ok("lio_listio waits for all of them");

	cb[0] = request(-1, data[0], BLOCK, 0);
	cb[0].aio_lio_opcode = LIO_WRITE;
	cb[1].aio_lio_opcode = LIO_NOP;
	cb[2].aio_lio_opcode = LIO_READ;
	CHECK_ERRNO(lio_listio(LIO_WAIT, list, 4, NULL), EIO);
	CHECK_INT(aio_error(&cb[0]), EBADF);
	CHECK_INT(aio_return(&cb[2]), BLOCK);
	CHECK_INT(lio_listio(LIO_WAIT, list, 0, NULL), 0);
	CHECK_ERRNO(lio_listio(99, list, 1, NULL), EINVAL);
	ok("lio_listio says that one failed");
}

int main(void)
{
	be_threaded();
	file = scratch_file();
	CHECK_INT(pipe(pipe_fds), 0);
	many();
	waiting();
	cancelled();
	lists();
	return 0;
}
