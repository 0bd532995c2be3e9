/*
 * The stop signals and SIGCONT discard each other where they are pending, in
 * the process and in all of its threads, when one is sent to any of them,
 * whatever its disposition (POSIX, 2.4.1 Signal Generation and Delivery).
 */
#include "lib.h"
#include <stdbool.h>

static pthread_t other;
static int there[2], back[2];

static void on_signal(int sig)
{
	CHECK_INT(sig, SIGCONT);
}

static void set(int how, int sig)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, sig);
	CHECK_INT(pthread_sigmask(how, &one, NULL), 0);
}

static bool is_pending(int sig)
{
	sigset_t set;

	CHECK_INT(sigpending(&set), 0);
	return sigismember(&set, sig) == 1;
}

static void check_pending(bool stops, bool continues)
{
	CHECK_INT(is_pending(SIGTSTP), stops);
	CHECK_INT(is_pending(SIGTTIN), stops);
	CHECK_INT(is_pending(SIGCONT), continues);
}

static void send_stops(void)
{
	CHECK_INT(kill(getpid(), SIGTSTP), 0);
	CHECK_INT(pthread_kill(pthread_self(), SIGTTIN), 0);
	check_pending(true, false);
}

/* Whether the signal is pending. */
static void *waits(void *argument)
{
	char sig;

	for (;;) {
		read_all(there[0], &sig, 1);
		sig = is_pending(sig);
		write_all(back[1], &sig, 1);
	}
	return argument;
}

static bool other_has(int sig)
{
	char byte = (char)sig;

	write_all(there[1], &byte, 1);
	read_all(back[0], &byte, 1);
	return byte;
}

static void by_another_process(int sig)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(kill(getppid(), sig) != 0);
	CHECK_INT(wait_for(pid), 0);
}

static void continue_each_way(void)
{
	send_stops();
	CHECK_INT(kill(getpid(), SIGCONT), 0);
	check_pending(false, is_pending(SIGCONT));
	send_stops();
	CHECK_INT(raise(SIGCONT), 0);
	check_pending(false, is_pending(SIGCONT));
	send_stops();
	CHECK_INT(pthread_kill(other, SIGCONT), 0);
	check_pending(false, is_pending(SIGCONT));
	send_stops();
	by_another_process(SIGCONT);
	WAIT_UNTIL(!is_pending(SIGTSTP));
	check_pending(false, is_pending(SIGCONT));
}

static void discards(void)
{
	struct sigaction act = { .sa_handler = on_signal,
				 .sa_flags = SA_RESTART };

	set(SIG_UNBLOCK, SIGCONT);
	continue_each_way();
	ok("SIGCONT by default");
	signal(SIGCONT, SIG_IGN);
	continue_each_way();
	ok("SIGCONT ignored");
	CHECK_INT(sigaction(SIGCONT, &act, NULL), 0);
	continue_each_way();
	ok("SIGCONT handled");
	set(SIG_BLOCK, SIGCONT);
	continue_each_way();
	CHECK_INT(kill(getpid(), SIGCONT), 0);
	check_pending(false, true);
	ok("SIGCONT blocked");

	CHECK_INT(kill(getpid(), SIGTSTP), 0);
	CHECK(!is_pending(SIGCONT));
	CHECK_INT(kill(getpid(), SIGCONT), 0);
	check_pending(false, true);
	CHECK_INT(raise(SIGTTIN), 0);
	CHECK(!is_pending(SIGCONT));
	CHECK_INT(pthread_kill(other, SIGCONT), 0);
	CHECK(other_has(SIGCONT));
	by_another_process(SIGTSTP);
	WAIT_UNTIL(is_pending(SIGTSTP));
	CHECK(!other_has(SIGCONT));
	ok("stops");

	CHECK_INT(pthread_kill(other, SIGTTIN), 0);
	CHECK(other_has(SIGTTIN));
	CHECK_INT(kill(getpid(), SIGCONT), 0);
	CHECK(!other_has(SIGTTIN));
	check_pending(false, true);
	ok("another thread's");
	signal(SIGCONT, SIG_DFL);
}

int main(void)
{
	CHECK_INT(pipe(there), 0);
	CHECK_INT(pipe(back), 0);
	set(SIG_BLOCK, SIGTSTP);
	set(SIG_BLOCK, SIGTTIN);
	set(SIG_BLOCK, SIGCONT);
	other = start(waits, NULL);
	run_both(discards);
	return 0;
}
