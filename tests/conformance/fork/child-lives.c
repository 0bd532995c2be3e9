/*
 * fork(2) in a thread: what the child can do before and after it creates
 * another thread: signals, masks, timers, waits of all kinds, children of its
 * own.
 */
#include "lib.h"
#include <semaphore.h>
#include <spawn.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

extern char **environ;
static volatile sig_atomic_t caught, value, on_alternate, paused;
static char alternate[65536];
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	caught = sig;
	value = info->si_value.sival_int;
	on_alternate = (char *)&sig >= alternate &&
		       (char *)&sig < alternate + sizeof(alternate);
}

static void signals(void)
{
	struct timespec second = { 10, 0 };
	union sigval with = { .sival_int = 7 };
	siginfo_t info;
	sigset_t set, mask;
	stack_t stack;

	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	CHECK_INT(sigismember(&mask, SIGTERM), 1);
	CHECK_INT(sigismember(&mask, SIGUSR1), 0);
	CHECK_INT(sigpending(&set), 0);
	CHECK_INT(sigismember(&set, SIGTERM), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(caught, SIGUSR1);
	CHECK(on_alternate);
	CHECK_INT(sigaltstack(NULL, &stack), 0);
	CHECK(stack.ss_sp == alternate && !(stack.ss_flags & SS_DISABLE));
	caught = 0;
	CHECK_INT(sigqueue(getpid(), SIGUSR1, with), 0);
	CHECK_INT(caught, SIGUSR1);
	CHECK_INT(value, 7);
	caught = 0;
	CHECK_INT(pthread_kill(pthread_self(), SIGUSR1), 0);
	CHECK_INT(caught, SIGUSR1);
	caught = 0;
	/* Blocked signals stay pending and can be waited for. */
	CHECK_INT(kill(getpid(), SIGTERM), 0);
	CHECK_INT(sigpending(&set), 0);
	CHECK_INT(sigismember(&set, SIGTERM), 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(sigtimedwait(&set, &info, &second), SIGTERM);
	CHECK_INT(info.si_pid, getpid());
}

/* Repeats until it was caught: the first may arrive before the pause. */
static void *pokes(void *argument)
{
	do {
		settle();
		CHECK_INT(kill(*(pid_t *)argument, SIGUSR1), 0);
	} while (!paused);
	return NULL;
}

static void timers(void)
{
	struct itimerspec soon = { { 0, 0 }, { 0, 5000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t timer;
	uint64_t count;
	sigset_t all;
	int fd;

	caught = 0;
	sigfillset(&all);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &soon, NULL), 0);
	WAIT_UNTIL(caught == SIGUSR1);
	CHECK_INT(timer_delete(timer), 0);
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK_INT(timerfd_settime(fd, 0, &soon, NULL), 0);
	CHECK_INT(read(fd, &count, sizeof(count)), sizeof(count));
	CHECK_INT(count, 1);
	close(fd);
	CHECK_INT(usleep(1000), 0);
}

static void waits(void)
{
	struct timeval moment = { 0, 2000 };
	struct timespec until = in_ms(CLOCK_REALTIME, 3);
	struct signalfd_siginfo info;
	struct pollfd one;
	fd_set fds;
	sigset_t set;
	sem_t sem;
	char byte;
	int p[2], fd;

	CHECK_INT(pipe(p), 0);
	one = (struct pollfd){ .fd = p[0], .events = POLLIN };
	CHECK_INT(poll(&one, 1, 2), 0);
	FD_ZERO(&fds);
	FD_SET(p[0], &fds);
	CHECK_INT(select(p[0] + 1, &fds, NULL, NULL, &moment), 0);
	CHECK_INT(write(p[1], "a", 1), 1);
	CHECK_INT(poll(&one, 1, -1), 1);
	CHECK_INT(read(p[0], &byte, 1), 1);
	close(p[0]);
	close(p[1]);
	CHECK_INT(sem_init(&sem, 0, 0), 0);
	CHECK_ERRNO(sem_timedwait(&sem, &until), ETIMEDOUT);
	CHECK_INT(sem_post(&sem), 0);
	CHECK_INT(sem_wait(&sem), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	CHECK_INT(kill(getpid(), SIGTERM), 0);
	CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
	CHECK_INT(info.ssi_signo, SIGTERM);
	close(fd);
}

static void interrupted(void)
{
	pid_t me = getpid();
	pthread_t thread;

	paused = 0;
	thread = start(pokes, &me);

	CHECK_ERRNO(pause(), EINTR);
	paused = 1;
	join(thread);
}

static void children(int deep)
{
	char *argv[] = { "sh", "-c", "exit 4", NULL };
	FILE *stream;
	char text[8];
	pid_t pid;

	CHECK_INT(system("exit 3"), 3 << 8);
	stream = popen("echo out", "r");
	CHECK(stream != NULL);
	CHECK(fgets(text, sizeof(text), stream) && !strcmp(text, "out\n"));
	CHECK_INT(pclose(stream), 0);
	CHECK_INT(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), 0);
	CHECK_INT(wait_for(pid), 4 << 8);
	pid = vfork();
	if (pid == 0) {
		execv("/bin/sh", argv);
		_exit(1);
	}
	CHECK_INT(wait_for(pid), 4 << 8);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		signals();
		timers();
		if (deep)
			children(0);
		interrupted();
		signals();
		_exit(5);
	}
	CHECK_INT(wait_for(pid), 5 << 8);
}

static void everything(void)
{
	signals();
	timers();
	waits();
	children(1);
}

static void *in_thread(void *unused)
{
	timers();
	waits();
	return unused;
}

static void in_child(void)
{
	/* The owner's tid differs from that in the parent. */
	CHECK_INT(pthread_mutex_trylock(&recursive), EBUSY);
	everything();
	interrupted();
	everything();
	join(start(in_thread, NULL));
	interrupted();
}

static void checks(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) },
		off = { .ss_flags = SS_DISABLE };
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	CHECK_INT(pthread_kill(pthread_self(), SIGTERM), 0);
	CHECK_INT(pthread_mutex_lock(&recursive), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		in_child();
		_exit(11);
	}
	CHECK_INT(wait_for(pid), 11 << 8);
	CHECK_INT(pthread_mutex_unlock(&recursive), 0);
	CHECK_INT(sigpending(&set), 0);
	CHECK_INT(sigismember(&set, SIGTERM), 1);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(sigwaitinfo(&set, NULL), SIGTERM);
	CHECK_INT(sigaltstack(&off, NULL), 0);
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	ok("a life");
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	run_both(checks);
	return 0;
}
