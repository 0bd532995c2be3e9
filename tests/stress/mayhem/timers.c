/*
 * Deeds with timers that make signals or threads.
 */
#include "mayhem.h"
#include <sys/timerfd.h>

#define SHOTS 64

/* Of timers that fire once: by their number. */
static volatile int fired[SHOTS];
static int taken[SHOTS];

static void on_timer(int sig, siginfo_t *info, void *context)
{
	int number = info->si_value.sival_int;

	(void)sig;
	(void)context;
	if (info->si_code != SI_TIMER || number < 0)
		return; /* a periodic one */
	CHECK(number < SHOTS);
	COUNT(fired[number]);
}

static void by_thread(union sigval value)
{
	COUNT(fired[value.sival_int]);
}

static int take_shot(void)
{
	for (;; usleep(100))
		for (int i = 0; i < SHOTS; i++) {
			int none = 0;

			if (!__atomic_compare_exchange_n(&taken[i], &none, 1, 0,
							 __ATOMIC_SEQ_CST,
							 __ATOMIC_SEQ_CST))
				continue;
			__atomic_store_n(&fired[i], 0, __ATOMIC_SEQ_CST);
			return i;
		}
}

/* Fires once, in any thread; the timer lives until then. */
static void shoot(struct player *player)
{
	struct itimerspec when = {
		.it_value.tv_nsec = (long)pick(&player->random, 2000000) + 1
	};
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIG_TIMER };
	struct sigaction action = { .sa_sigaction = on_timer,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	int number = take_shot();
	timer_t timer;

	CHECK_INT(sigaction(SIG_TIMER, &action, NULL), 0);
	event.sigev_value.sival_int = number;
	if (pick(&player->random, 3) == 0) {
		event.sigev_notify = SIGEV_THREAD;
		event.sigev_notify_function = by_thread;
	}
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &when, NULL), 0);
	WAIT_UNTIL(VALUE(fired[number]));
	CHECK_INT(timer_delete(timer), 0);
	CHECK_INT(fired[number], 1);
	__atomic_store_n(&taken[number], 0, __ATOMIC_SEQ_CST);
}

/* A periodic one, for a while; its signals are not counted. */
static void tick(struct player *player)
{
	struct itimerspec when = { { 0, 300000 }, { 0, 300000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIG_TIMER,
				  .sigev_value.sival_int = -1 };
	struct sigaction action = { .sa_sigaction = on_timer,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	timer_t timer;

	CHECK_INT(sigaction(SIG_TIMER, &action, NULL), 0);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &when, NULL), 0);
	usleep(pick(&player->random, 3000));
	CHECK_INT(timer_delete(timer), 0);
}

/* To this thread alone, which waits for it. */
static void tick_own(struct player *player)
{
	struct itimerspec when = {
		.it_value.tv_nsec = (long)pick(&player->random, 1000000) + 1
	};
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIG_OWN,
				  .sigev_value.sival_int = 31 };
	siginfo_t info;
	timer_t timer;
	sigset_t set;

	event._sigev_un._tid = gettid();
	sigemptyset(&set);
	sigaddset(&set, SIG_OWN);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &when, NULL), 0);
	CHECK_INT(AGAIN(sigwaitinfo(&set, &info)), SIG_OWN);
	CHECK_INT(info.si_code, SI_TIMER);
	CHECK_INT(info.si_value.sival_int, 31);
	CHECK_INT(timer_delete(timer), 0);
}

static void interval(struct player *player)
{
	static const int which[] = { ITIMER_REAL, ITIMER_PROF, ITIMER_VIRTUAL };
	int timer = which[pick(&player->random, 3)];
	struct itimerval every = { { 0, 500 }, { 0, 500 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	CHECK_INT(setitimer(timer, &every, NULL), 0);
	for (volatile unsigned i = pick(&player->random, 300000); i > 0; i--)
		;
	if (timer == ITIMER_REAL)
		usleep(pick(&player->random, 2000));
	CHECK_INT(setitimer(timer, &never, NULL), 0);
}

static void use_timerfd(struct player *player)
{
	struct itimerspec when = {
		.it_value.tv_nsec = (long)pick(&player->random, 1000000) + 1,
		.it_interval.tv_nsec = 200000
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t expired, sum = 0;

	CHECK(fd >= 0);
	CHECK_INT(timerfd_settime(fd, 0, &when, NULL), 0);
	while (sum < 5) {
		CHECK_INT(AGAIN(read(fd, &expired, sizeof(expired))), 8);
		CHECK(expired > 0);
		sum += expired;
	}
	CHECK_INT(close(fd), 0);
}

const struct deed timer_deeds[] = {
	{ "a timer that fires once", shoot, 4 },
	{ "a timer that ticks", tick, 2 },
	{ "a timer to one thread", tick_own, 3 },
	{ "an interval timer", interval, 2 },
	{ "a timerfd", use_timerfd, 2 },
	{ NULL, NULL, 0 },
};
