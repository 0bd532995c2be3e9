// ENV: GREENSHIM_RAW=1
/*
 * Signals and waits by the program's own instructions: interrupted or
 * restarted as SA_RESTART says; masks, handlers and waits by number.
 */
#include "action.h"

#include <setjmp.h>
#include <stdatomic.h>

static int ends[2];
static atomic_int ran, about;
static sigjmp_buf out;
static pthread_t waiter;

static void on_signal(int sig)
{
	struct timespec ts = { 0, 1000000 };

	/* A call within an interrupted call. */
	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	ran += sig == SIGUSR1;
}

static void jump_out(int sig)
{
	(void)sig;
	siglongjmp(out, 1);
}

static void catch (void (*handler)(int), unsigned long flags)
{
	struct kernel_action act = own_action(handler, flags);
	struct kernel_action old;

	CHECK_INT(own(SYS_rt_sigaction, SIGUSR1, &act, NULL, 8), 0);
	CHECK_INT(own(SYS_rt_sigaction, SIGUSR1, NULL, &old, 8), 0);
	CHECK(old.handler == handler);
}

static void *kill_then_write(void *arg)
{
	WAIT_UNTIL(about);
	settle();
	CHECK_INT(pthread_kill(waiter, SIGUSR1), 0);
	settle();
	CHECK_INT(own(SYS_write, ends[1], "x", 1), 1);
	return arg;
}

/* What read returns when a signal arrives and then a byte. */
static long read_one(void)
{
	pthread_t helper;
	char c;
	long r;

	about = 0;
	waiter = pthread_self();
	helper = start(kill_then_write, NULL);
	errno = EDOM;
	about = 1;
	r = own(SYS_read, ends[0], &c, 1);
	CHECK_INT(errno, EDOM);
	join(helper);
	return r;
}

static void check(void)
{
	struct timespec second = { 1, 0 }, left, zero = { 0, 0 };
	struct pollfd in = { ends[0], POLLIN, 0 };
	uint64_t set = 1ull << (SIGUSR2 - 1), was;
	siginfo_t info;
	char c;

	ran = 0;
	catch (on_signal, SA_RESTART);
	CHECK_INT(read_one(), 1);
	CHECK_INT(ran, 1);
	ok("SA_RESTART goes on");

	catch (on_signal, 0);
	CHECK_INT(read_one(), -EINTR);
	CHECK_INT(ran, 2);
	CHECK_INT(own(SYS_read, ends[0], &c, 1), 1);
	ok("without it the call is interrupted");

	catch (jump_out, 0);
	if (sigsetjmp(out, 1) == 0) {
		read_one();
		FAIL("the handler came back");
	}
	settle();
	settle();
	CHECK_INT(own(SYS_read, ends[0], &c, 1), 1);
	ok("a handler jumps out of a call");

	CHECK_INT(own(SYS_rt_sigprocmask, SIG_BLOCK, &set, &was, 8), 0);
	CHECK_INT(own(SYS_tgkill, own(SYS_getpid), own(SYS_gettid), SIGUSR2),
		  0);
	was = 0;
	CHECK_INT(own(SYS_rt_sigpending, &was, 8), 0);
	CHECK_INT(was & set, set);
	CHECK_INT(own(SYS_rt_sigtimedwait, &set, &info, NULL, 8), SIGUSR2);
	CHECK_INT(info.si_code, SI_TKILL);
	CHECK_INT(own(SYS_rt_sigtimedwait, &set, &info, &zero, 8), -EAGAIN);
	CHECK_INT(own(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8), 0);
	ok("mask, pending, sigtimedwait");

	catch (on_signal, SA_RESTART);
	CHECK_INT(own(SYS_tgkill, own(SYS_getpid), own(SYS_gettid), SIGUSR1),
		  0);
	CHECK_INT(ran, 3);
	ok("a signal to oneself has been handled when the call returns");

	/* The kernel writes back the time left of these. */
	left = second;
	c = 'y';
	CHECK_INT(own(SYS_write, ends[1], &c, 1), 1);
	CHECK_INT(own(SYS_ppoll, &in, 1, &left, NULL, 8), 1);
	CHECK(left.tv_sec == 0 && left.tv_nsec > 0);
	CHECK_INT(own(SYS_read, ends[0], &c, 1), 1);
	left = (struct timespec){ 0, 20000000 };
	CHECK_INT(own(SYS_pselect6, 0, NULL, NULL, NULL, &left, NULL), 0);
	CHECK(left.tv_sec == 0 && left.tv_nsec == 0);
	ok("ppoll, pselect6");
}

int main(void)
{
	CHECK_INT(pipe(ends), 0);
	be_threaded();
	run_both(check);
	return 0;
}
