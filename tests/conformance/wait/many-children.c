/*
 * waitpid, wait4, waitid in 40 threads, each for its own child, while the
 * children run; WNOHANG; ECHILD; the status of each kind of exit; wait().
 */
#include "lib.h"
#include <sys/resource.h>

#define THREADS 40

static int waiting;

static void *waits(void *argument)
{
	int n = (int)(intptr_t)argument, status = -1, fds[2];
	struct rusage usage;
	siginfo_t info;
	pid_t pid;
	char byte;

	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(fds[1]);
		/* Until the parent closes its end. */
		if (read(fds[0], &byte, 1) != 1)
			_exit(99);
		if (n % 4 == 3)
			raise(SIGKILL);
		_exit(n);
	}
	CHECK_INT(waitpid(pid, &status, WNOHANG), 0);
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < THREADS)
		sleep_ms(1);
	CHECK_INT(write(fds[1], "x", 1), 1);
	switch (n % 4) {
	case 0:
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, n << 8);
		break;
	case 1:
		CHECK_INT(wait4(pid, &status, 0, &usage), pid);
		CHECK_INT(status, n << 8);
		break;
	case 2:
		memset(&info, 0, sizeof(info));
		CHECK_INT(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
		CHECK_INT(info.si_pid, pid);
		CHECK_INT(info.si_code, CLD_EXITED);
		CHECK_INT(info.si_status, n);
		CHECK_INT(waitid(P_PID, pid, NULL, WEXITED), 0);
		break;
	case 3:
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		break;
	}
	CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

static void *sleeps_in_wait(void *argument)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		struct timespec ts = { 0, 150000000 };

		nanosleep(&ts, NULL);
		_exit(0);
	}
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(wait_for(pid), 0);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	int status, sum = 0;

	CHECK_ERRNO(wait(&status), ECHILD);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(waits, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("each its own child");

	waiting = 0;
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(sleeps_in_wait, NULL);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("waiting for long");

	for (int i = 1; i <= 10; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(i);
	}
	for (int i = 1; i <= 10; i++) {
		CHECK(wait(&status) > 0);
		CHECK(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	CHECK_INT(sum, 55);
	CHECK_ERRNO(wait(&status), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, 0x1000), EINVAL);
	ok("any child");
	return 0;
}
