/*
 * aio(7), sigevent(7): the end of a request, and of a list of requests,
 * reported by a signal with its value and by a thread.
 */
#include "lib.h"
#include <aio.h>
#include <semaphore.h>

static volatile int values[3], handled;
static sem_t done;
static __thread int mine = 7;

static void on_signal(int signo, siginfo_t *info, void *context)
{
	(void)signo, (void)context;
	if (info->si_code == SI_ASYNCIO)
		values[info->si_value.sival_int]++;
	handled++;
}

static void run(union sigval v)
{
	mine++;
	CHECK_INT(mine, 8);
	values[v.sival_int]++;
	sem_post(&done);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN + 1,
				  .sigev_value.sival_int = 2 };
	char data[2] = "ab", back[2];
	struct aiocb cb[2], *list[2] = { &cb[0], &cb[1] };
	int i, fd = scratch_file();

	be_threaded();
	sem_init(&done, 0, 0);
	sigaction(SIGRTMIN + 1, &act, NULL);
	memset(cb, 0, sizeof(cb));
	for (i = 0; i < 2; i++) {
		cb[i].aio_fildes = fd;
		cb[i].aio_buf = data + i;
		cb[i].aio_nbytes = 1;
		cb[i].aio_offset = i;
		cb[i].aio_lio_opcode = LIO_WRITE;
		cb[i].aio_sigevent = event;
		cb[i].aio_sigevent.sigev_value.sival_int = i;
	}
	CHECK_INT(lio_listio(LIO_NOWAIT, list, 2, &event), 0);
	WAIT_UNTIL(handled == 3);
	CHECK(values[0] == 1 && values[1] == 1 && values[2] == 1);
	CHECK(aio_return(&cb[0]) == 1 && aio_return(&cb[1]) == 1);
	CHECK_INT(pread(fd, back, 2, 0), 2);
	CHECK(!memcmp(back, data, 2));
	ok("signals, one for each and one for all");

	for (i = 0; i < 2; i++) {
		cb[i].aio_sigevent.sigev_notify = SIGEV_THREAD;
		cb[i].aio_sigevent.sigev_notify_function = run;
		cb[i].aio_sigevent.sigev_notify_attributes = NULL;
	}
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = run;
	event.sigev_notify_attributes = NULL;
	CHECK_INT(lio_listio(LIO_NOWAIT, list, 2, &event), 0);
	for (i = 0; i < 3; i++)
		CHECK_INT(sem_wait(&done), 0);
	CHECK(values[0] == 2 && values[1] == 2 && values[2] == 2);
	CHECK(aio_return(&cb[0]) == 1 && aio_return(&cb[1]) == 1);
	ok("threads");
	return 0;
}
