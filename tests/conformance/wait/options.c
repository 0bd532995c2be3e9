/*
 * wait(2), wait3(2), wait4(2), waitpid(2), waitid(2): each way to name
 * children, and each option; waiting for a child that still runs does not stop
 * other threads.
 */
#include "lib.h"
#include <sys/resource.h>

static pid_t child_that(int how)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	setpgid(0, 0);
	if (how >= 0)
		_exit(how);
	for (;;)
		pause();
}

/* Another thread ends the child when a thread is certainly waiting. */
static void *ends(void *argument)
{
	settle();
	CHECK_INT(kill((pid_t)(intptr_t)argument, SIGKILL), 0);
	return NULL;
}

static void *stops(void *argument)
{
	settle();
	CHECK_INT(kill((pid_t)(intptr_t)argument, SIGSTOP), 0);
	return NULL;
}

static void *continues(void *argument)
{
	settle();
	CHECK_INT(kill((pid_t)(intptr_t)argument, SIGCONT), 0);
	return NULL;
}

static pid_t running(void *(*event)(void *), pthread_t *thread)
{
	pid_t pid = child_that(-1);

	*thread = start(event, (void *)(intptr_t)pid);
	return pid;
}

static void is_killed(int status)
{
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void any(void)
{
	struct rusage usage;
	pthread_t thread;
	int status;
	pid_t pid;

	CHECK_ERRNO(wait(&status), ECHILD);
	pid = running(ends, &thread);
	CHECK_INT(waitpid(-1, &status, WNOHANG), 0);
	CHECK_INT(wait(&status), pid);
	is_killed(status);
	join(thread);
	pid = running(ends, &thread);
	CHECK_INT(wait3(&status, 0, &usage), pid);
	is_killed(status);
	join(thread);
	pid = running(ends, &thread);
	CHECK_INT(wait4(-1, NULL, 0, NULL), pid);
	join(thread);
	pid = running(ends, &thread);
	setpgid(pid, pid);
	CHECK_INT(waitpid(-pid, &status, 0), pid);
	is_killed(status);
	join(thread);
	CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(0, &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(getpid(), &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, 0x10000), EINVAL);
	ok("any child, and those of a group");
}

static void stopped(void)
{
	pthread_t thread;
	siginfo_t info;
	int status;
	pid_t pid = running(stops, &thread);

	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	join(thread);
	thread = start(continues, (void *)(intptr_t)pid);
	CHECK_INT(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	join(thread);
	thread = start(stops, (void *)(intptr_t)pid);
	CHECK_INT(waitid(P_PID, pid, &info, WSTOPPED), 0);
	CHECK(info.si_code == CLD_STOPPED && info.si_pid == pid);
	join(thread);
	thread = start(continues, (void *)(intptr_t)pid);
	CHECK_INT(waitid(P_ALL, 0, &info, WCONTINUED), 0);
	CHECK(info.si_code == CLD_CONTINUED && info.si_pid == pid);
	join(thread);
	CHECK_INT(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	kill(pid, SIGKILL);
	is_killed(wait_for(pid));
	ok("stopped and continued");
}

static void ids(void)
{
	pthread_t thread;
	siginfo_t info;
	pid_t pid = running(ends, &thread);
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	CHECK(fd >= 0);
	info.si_pid = 1;
	CHECK_INT(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
	CHECK_INT(info.si_pid, 0);
	CHECK_INT(waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT), 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_KILLED);
	CHECK_INT(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_INT(info.si_status, SIGKILL);
	CHECK_INT(waitid(P_PID, pid, NULL, WEXITED), 0);
	CHECK_ERRNO(waitid(P_PID, pid, &info, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
	close(fd);
	join(thread);

	pid = child_that(3);
	CHECK_INT(waitid(P_ALL, 0, &info, WEXITED), 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_EXITED);
	CHECK_INT(info.si_status, 3);
	pid = running(ends, &thread);
	setpgid(pid, pid);
	CHECK_INT(syscall(SYS_waitid, P_PGID, pid, &info, WEXITED, NULL), 0);
	CHECK_INT(info.si_pid, pid);
	join(thread);
	ok("by their kinds of number");
}

#define CHILDREN 12

static int left = CHILDREN;

static void *one_of_them(void *argument)
{
	int status;

	CHECK(wait(&status) > 0);
	CHECK(WIFEXITED(status));
	__atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void many(void)
{
	pthread_t threads[CHILDREN];
	int go[2];

	CHECK_INT(pipe(go), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		char byte;

		if (pid == 0) {
			close(go[1]);
			_exit((int)read(go[0], &byte, 1));
		}
		threads[i] = start(one_of_them, NULL);
	}
	settle();
	CHECK_INT(__atomic_load_n(&left, __ATOMIC_SEQ_CST), CHILDREN);
	close(go[1]);
	for (int i = 0; i < CHILDREN; i++)
		join(threads[i]);
	CHECK_ERRNO(wait(NULL), ECHILD);
	close(go[0]);
	ok("many wait for any");
}

int main(void)
{
	be_threaded();
	any();
	stopped();
	ids();
	many();
	return 0;
}
