/*
 * Deeds with signals.  A queued signal arrives exactly as often as it was
 * sent, each time with its value; no wait misses its signal.
 */
#include "mayhem.h"
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#define ODD 2654435761u

static long counted_sent, counted_come, waited_sent, waited_come;
static uint64_t counted_sum_sent, counted_sum_come;
static long fd_sent, fd_come;
static volatile long usr1;

static __thread volatile sig_atomic_t woken;
static __thread sigjmp_buf jump;
static __thread volatile uintptr_t on_stack;
static __thread volatile sig_atomic_t fault_wanted;

/* ---- handlers ---- */

static void on_counted(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	CHECK_INT(sig, SIG_COUNTED);
	__atomic_add_fetch(&counted_sum_come,
			   (unsigned)info->si_value.sival_int * (uint64_t)ODD,
			   __ATOMIC_SEQ_CST);
	COUNT(counted_come);
	errno = saved;
}

static void on_usr1(int sig)
{
	int saved = errno;
	struct timespec ts;

	(void)sig;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sched_yield();
	close(-1);
	usr1++;
	errno = saved;
}

static void on_wake(int sig)
{
	(void)sig;
	woken = 1;
}

static void on_altstack(int sig)
{
	(void)sig;
	on_stack = (uintptr_t)__builtin_frame_address(0);
}

static void on_jump(int sig)
{
	siglongjmp(jump, sig);
}

static void on_fault(int sig)
{
	if (!fault_wanted) {
		signal(sig, SIG_DFL); /* the instruction is tried again */
		return;
	}
	siglongjmp(jump, sig);
}

static void on_nothing(int sig)
{
	(void)sig;
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	CHECK_INT(sigaction(sig, &action, NULL), 0);
}

void signals_begin(void)
{
	struct sigaction action = { .sa_sigaction = on_counted,
				    .sa_flags = SA_SIGINFO };
	sigset_t set;

	CHECK_INT(sigaction(SIG_COUNTED, &action, NULL), 0);
	handle(SIGUSR1, on_usr1, SA_RESTART);
	handle(SIG_WAKE, on_wake, 0);
	handle(SIG_ALTSTACK, on_altstack, SA_ONSTACK | SA_RESTART);
	handle(SIG_JUMP, on_jump, SA_NODEFER);
	handle(SIGSEGV, on_fault, SA_ONSTACK);
	handle(SIGALRM, on_nothing, SA_RESTART);
	handle(SIGPROF, on_nothing, SA_RESTART);
	handle(SIGVTALRM, on_nothing, 0);
	handle(SIGCHLD, on_nothing, SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIG_WAITED);
	sigaddset(&set, SIG_OWN);
	sigaddset(&set, SIG_WAKE);
	sigaddset(&set, SIG_FD);
	sigaddset(&set, SIGRTMAX);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

/* The rest of what somebody was to wait for. */
static void drain(void)
{
	struct timespec zero = { 0, 0 };
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIG_WAITED);
	sigaddset(&set, SIG_FD);
	while ((sig = AGAIN(sigtimedwait(&set, NULL, &zero))) > 0) {
		if (sig == SIG_WAITED)
			COUNT(waited_come);
		else
			COUNT(fd_come);
	}
}

void signals_round_over(void)
{
	WAIT_UNTIL(VALUE(counted_come) == VALUE(counted_sent));
	CHECK(counted_sum_come == counted_sum_sent);
	WAIT_UNTIL((drain(), VALUE(waited_come) == waited_sent));
	WAIT_UNTIL((drain(), VALUE(fd_come) == fd_sent));
}

/* Nothing of the parent's is pending, or will come. */
void signals_in_child(void)
{
	counted_sent = counted_come = waited_sent = waited_come = 0;
	counted_sum_sent = counted_sum_come = 0;
	fd_sent = fd_come = 0;
}

/* ---- at others ---- */

static void send_counted(pthread_t to, struct random *random)
{
	unsigned n = pick(random, 1 << 20);
	union sigval value = { .sival_int = (int)n };
	int error;

	/* Counted first: it may come at once. */
	COUNT(counted_sent);
	__atomic_add_fetch(&counted_sum_sent, n * (uint64_t)ODD,
			   __ATOMIC_SEQ_CST);
	error = to ? pthread_sigqueue(to, SIG_COUNTED, value)
		: sigqueue(getpid(), SIG_COUNTED, value) ? errno
							 : 0;
	if (error) {
		CHECK_INT(error, EAGAIN); /* beyond RLIMIT_SIGPENDING */
		__atomic_sub_fetch(&counted_sent, 1, __ATOMIC_SEQ_CST);
		__atomic_sub_fetch(&counted_sum_sent, n * (uint64_t)ODD,
				   __ATOMIC_SEQ_CST);
	}
}

static void storm(struct player *player)
{
	for (int i = (int)pick(&player->random, 30); i >= 0; i--) {
		pthread_t to = random_player(&player->random);

		switch (pick(&player->random, 6)) {
		case 0:
			CHECK_INT(kill(getpid(), SIGUSR1), 0);
			break;
		case 1:
			if (to)
				CHECK_INT(pthread_kill(to, SIGUSR1), 0);
			break;
		case 2:
			CHECK_INT(tgkill(getpid(), gettid(), SIGUSR1), 0);
			break;
		case 3:
			send_counted(0, &player->random);
			break;
		default:
			if (to)
				send_counted(to, &player->random);
		}
		jitter(&player->random);
	}
}

/* Blocks them for a while, in which they pile up. */
static void hold_back(struct player *player)
{
	sigset_t old;

	block_storms(&old);
	for (int i = (int)pick(&player->random, 5); i >= 0; i--) {
		send_counted(pthread_self(), &player->random);
		jitter(&player->random);
	}
	if (pick(&player->random, 2))
		usleep(pick(&player->random, 2000));
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

/* ---- waited for ---- */

static void wait_for_process(struct player *player)
{
	struct timespec timeout = { 0, (long)pick(&player->random, 3000000) };
	union sigval value = { .sival_int = 1234 };
	siginfo_t info;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIG_WAITED);
	if (pick(&player->random, 2)) {
		COUNT(waited_sent);
		CHECK_INT(sigqueue(getpid(), SIG_WAITED, value), 0);
	}
	sig = AGAIN(sigtimedwait(&set, &info, &timeout));
	if (sig == -1) {
		CHECK_INT(errno, EAGAIN);
		return;
	}
	CHECK_INT(sig, SIG_WAITED);
	CHECK_INT(info.si_value.sival_int, 1234);
	COUNT(waited_come);
}

/*
 * To the thread itself: it gets all of them, in order, and no other thread
 * does.
 */
static void wait_for_own(struct player *player)
{
	int count = (int)pick(&player->random, 20) + 1;
	int first = (int)pick(&player->random, 1 << 20);
	siginfo_t info;
	sigset_t set;

	for (int i = 0; i < count; i++) {
		union sigval value = { .sival_int = first + i };

		CHECK_INT(pthread_sigqueue(pthread_self(), SIG_OWN, value), 0);
	}
	jitter(&player->random);
	CHECK_INT(sigpending(&set), 0);
	CHECK_INT(sigismember(&set, SIG_OWN), 1);
	sigemptyset(&set);
	sigaddset(&set, SIG_OWN);
	for (int i = 0; i < count; i++) {
		CHECK_INT(AGAIN(sigwaitinfo(&set, &info)), SIG_OWN);
		CHECK_INT(info.si_value.sival_int, first + i);
	}
	CHECK_INT(sigpending(&set), 0);
	CHECK_INT(sigismember(&set, SIG_OWN), 0);
}

static void wait_by_fd(struct player *player)
{
	union sigval value = { .sival_int = 99 };
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIG_FD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	CHECK(fd >= 0);
	for (int i = (int)pick(&player->random, 5); i >= 0; i--) {
		struct pollfd pollfd = { fd, POLLIN, 0 };

		COUNT(fd_sent);
		CHECK_INT(sigqueue(getpid(), SIG_FD, value), 0);
		poll(&pollfd, 1, (int)pick(&player->random, 3));
		if (read(fd, &info, sizeof(info)) == sizeof(info)) {
			CHECK_INT(info.ssi_signo, SIG_FD);
			CHECK_INT(info.ssi_int, 99);
			COUNT(fd_come);
		} else {
			CHECK(errno == EAGAIN || errno == EINTR);
		}
	}
	CHECK_INT(close(fd), 0);
}

/* ---- woken under another mask ---- */

struct waking {
	pthread_t sleeper;
	unsigned after_us;
};

static void *wake(void *argument)
{
	struct waking *waking = argument;

	if (waking->after_us)
		usleep(waking->after_us);
	CHECK_INT(pthread_kill(waking->sleeper, SIG_WAKE), 0);
	return NULL;
}

static void sleep_until_woken(struct player *player)
{
	struct waking waking = { pthread_self(), pick(&player->random, 500) };
	struct timespec ts = { 100, 0 };
	struct epoll_event event;
	pthread_t thread;
	sigset_t set;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	unsigned how = pick(&player->random, 4);

	CHECK(epoll >= 0);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
	sigdelset(&set, SIG_WAKE);
	woken = 0;
	thread = start(wake, &waking);
	while (!woken) {
		int got;

		switch (how) {
		case 0:
			got = ppoll(NULL, 0, &ts, &set);
			break;
		case 1:
			got = pselect(0, NULL, NULL, NULL, &ts, &set);
			break;
		case 2:
			got = epoll_pwait(epoll, &event, 1, 100000, &set);
			break;
		default:
			got = sigsuspend(&set);
		}
		CHECK_INT(got, -1);
		CHECK_INT(errno, EINTR);
	}
	CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
	CHECK_INT(sigismember(&set, SIG_WAKE), 1);
	join(thread);
	CHECK_INT(close(epoll), 0);
}

/* ---- stacks and jumps ---- */

static void use_altstack(struct player *player)
{
	enum { SIZE = 65536 };
	stack_t stack = { .ss_size = SIZE, .ss_sp = malloc(SIZE) };
	stack_t off = { .ss_flags = SS_DISABLE }, old;
	uintptr_t low = (uintptr_t)stack.ss_sp;

	CHECK(stack.ss_sp != NULL);
	CHECK_INT(sigaltstack(&stack, &old), 0);
	for (int i = (int)pick(&player->random, 4); i >= 0; i--) {
		on_stack = 0;
		CHECK_INT(pthread_kill(pthread_self(), SIG_ALTSTACK), 0);
		CHECK(on_stack > low && on_stack < low + SIZE);
		jitter(&player->random);
		fault_wanted = 1;
		if (pick(&player->random, 2) && sigsetjmp(jump, 1) == 0) {
			char *volatile nowhere = (char *)8;

			*nowhere = 1;
			FAIL("wrote to nowhere");
		}
		fault_wanted = 0;
	}
	CHECK_INT(sigaltstack(&off, &old), 0);
	CHECK(old.ss_sp == stack.ss_sp);
	CHECK_INT(old.ss_flags & SS_ONSTACK, 0);
	free(stack.ss_sp);
}

static void jump_out(struct player *player)
{
	volatile int times = (int)pick(&player->random, 5) + 1;
	sigset_t set, old;

	/* Another handler, begun but not yet done, would be left as well. */
	block_storms(&old);
	while (times > 0) {
		int sig = sigsetjmp(jump, 1);

		if (sig == 0) {
			if (pick(&player->random, 2))
				CHECK_INT(pthread_kill(pthread_self(),
						       SIG_JUMP),
					  0);
			else
				CHECK_INT(raise(SIG_JUMP), 0);
			FAIL("the handler came back");
		}
		CHECK_INT(sig, SIG_JUMP);
		CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
		CHECK_INT(sigismember(&set, SIG_JUMP), 0);
		CHECK_INT(sigismember(&set, SIG_OWN), 1);
		times--;
	}
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

const struct deed signal_deeds[] = {
	{ "a storm of signals", storm, 6 },
	{ "signals held back", hold_back, 3 },
	{ "sigtimedwait", wait_for_process, 4 },
	{ "signals to itself", wait_for_own, 3 },
	{ "a signalfd", wait_by_fd, 2 },
	{ "a sleep under another mask", sleep_until_woken, 5 },
	{ "a signal stack", use_altstack, 2 },
	{ "jumps out of a handler", jump_out, 2 },
	{ NULL, NULL, 0 },
};
