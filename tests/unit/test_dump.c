/* The dump: its lines for fibers that wait for known things. */
#include <fcntl.h>
#include <netinet/in.h>

#include "debug/dump.h"
#include "unit.h"

SUITE(dump);

static char text[1 << 20];
static int fd[2], listener;
static pthread_mutex_t mutex;
static uint32_t gate;
static struct fiber *first;
static _Atomic int dumped, stop;

static void *dumps(void *arg)
{
	dump_all((int)(long)arg);
	dumped = 1;
	return NULL;
}

/* As the monitor does: on a kernel thread that is not a fiber. */
static void dump(void)
{
	char name[] = "/tmp/green-dump-XXXXXX";
	int file = mkstemp(name);
	pthread_t id = alien(dumps, (void *)(long)file);
	ssize_t n;

	cr_assert(COMES_TRUE(dumped));
	pthread_join(id, NULL);
	n = pread(file, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	unlink(name);
	close(file);
}

/* The dump's lines about f, as one string. */
static const char *said_of(struct fiber *f)
{
	static char block[2048];
	char head[32];
	const char *at, *end;

	snprintf(head, sizeof(head), "\nthread %d \"", fiber_tid(f));
	at = strstr(text, head);
	cr_assert_not_null(at, "nothing of %d in: %s", fiber_tid(f), text);
	end = strstr(at + 1, "\nthread ");
	if (!end)
		end = strstr(at + 1, "\ngreenshim: end");
	cr_assert_not_null(end);
	snprintf(block, sizeof(block), "%.*s", (int)(end - at), at);
	return block;
}

static void expect(struct fiber *f, const char *words)
{
	const char *said = said_of(f);

	cr_assert_not_null(strstr(said, words), "no '%s' in: %s", words, said);
}

static void *reads(void *arg)
{
	char c;

	(void)arg;
	return (void *)io_read(fd[0], &c, 1);
}

static void *accepts(void *arg)
{
	(void)arg;
	return (void *)(long)io_accept(listener, NULL, NULL, 0);
}

static void *polls(void *arg)
{
	struct pollfd p[2] = { { fd[0], POLLIN, 0 }, { listener, POLLIN, 0 } };

	(void)arg;
	return (void *)(long)io_poll(p, 2, GREEN_FOREVER);
}

static void *locks(void *arg)
{
	uint32_t *word = (uint32_t *)&mutex.__data.__lock;

	(void)arg;
	return (void *)(long)green_futex_wait(word, 2, GREEN_FOREVER, ~0u);
}

static void *waits(void *arg)
{
	(void)arg;
	fiber_set_name(green_current(), "patient");
	return (void *)(long)green_futex_wait(&gate, 0, GREEN_FOREVER, ~0u);
}

static void *sleeps(void *arg)
{
	return (void *)(long)green_sleep_until(in_ms((uint64_t)(long)arg));
}

static void *joins(void *arg)
{
	return (void *)(long)green_join(arg, NULL, GREEN_FOREVER);
}

static void *blocks(void *arg)
{
	struct timespec ts = { 60, 0 };

	hop_enter();
	raw_syscall(SYS_nanosleep, &ts, NULL);
	hop_leave();
	return arg;
}

static void *spins(void *arg)
{
	while (!stop)
		arch_relax();
	return arg;
}

/* Whether f is alone on a carrier, without its hub. */
static bool is_away(struct fiber *f)
{
	struct carrier *c = f->carrier;

	return f->wait_kind == WAIT_HOP && c && c->running == f && !c->hub;
}

Test(dump, says_what_each_waits_for)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct fiber *f[8];
	char words[128];
	int i;

	start();
	cr_assert_eq(pipe(fd), 0);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	fiber_set_name(green_current(), "captain");
	mutex.__data.__lock = 2;
	mutex.__data.__owner = fiber_tid(green_current());
	first = f[0] = spawn(reads, NULL);
	f[1] = spawn(accepts, NULL);
	f[2] = spawn(polls, NULL);
	f[3] = spawn(locks, NULL);
	f[4] = spawn(waits, NULL);
	f[5] = spawn(sleeps, (void *)100000l);
	f[6] = spawn(joins, f[0]);
	for (i = 0; i < 7; i++)
		cr_assert(COMES_TRUE(is_parked(f[i])));
	f[7] = spawn(blocks, NULL);
	cr_assert(COMES_TRUE(is_away(f[7])));
	dump();

	snprintf(words, sizeof(words), "reads descriptor %d, pipe:[", fd[0]);
	expect(f[0], words);
	snprintf(words, sizeof(words),
		 "reads descriptor %d, listening on 127.0.0.1:", listener);
	expect(f[1], words);
	expect(f[2], "polls 2 descriptors: descriptor ");
	snprintf(words, sizeof(words),
		 "waits for the mutex %p of thread %d \"captain\"",
		 (void *)&mutex, getpid());
	expect(f[3], words);
	snprintf(words, sizeof(words), "waits on memory at %p", (void *)&gate);
	expect(f[4], words);
	expect(f[4], "\"patient\"");
	expect(f[5], "sleeps, for 9");
	snprintf(words, sizeof(words), "joins thread %d", fiber_tid(f[0]));
	expect(f[6], words);
	expect(f[7], "in a blocking call on kernel thread");
	for (i = 0; i < 7; i++)
		expect(f[i], "parked for 0.");
	cr_assert_not_null(strstr(text, ": 9 threads, "));
	cr_assert_not_null(strstr(text, "hub 0: "));
}

Test(dump, how_long)
{
	struct fiber *f;

	start();
	f = spawn(waits, NULL);
	cr_assert(COMES_TRUE(is_parked(f)));
	nap(1200);
	dump();
	expect(f, "parked for 1.");
}

/* The clock that stamps a park stood still while all slept. */
Test(dump, how_long_after_an_idle_time)
{
	struct fiber *f;

	start();
	nap(1200);
	f = spawn(waits, NULL);
	cr_assert(COMES_TRUE(is_parked(f)));
	dump();
	expect(f, "parked for 0.");
}

Test(dump, fiber_that_computes)
{
	struct fiber *f;

	start();
	f = spawn(spins, NULL);
	nap(100);
	dump();
	expect(f, "running ");
	stop = 1;
	join(f);
}

Test(dump, ended_and_not_joined)
{
	struct fiber *f;

	start();
	f = spawn(sleeps, (void *)1l);
	cr_assert(COMES_TRUE(fiber_has_ended(f)));
	dump();
	expect(f, "ended, not joined yet");
	join(f);
}

static void *churns(void *arg)
{
	while (!stop) {
		struct fiber *f;

		green_spawn(&f, NULL, sleeps, (void *)0l);
		green_join(f, NULL, GREEN_FOREVER);
	}
	return arg;
}

/* The dump reads fibers that are spawned and exit meanwhile. */
Test(dump, while_all_is_in_motion)
{
	struct fiber *f[4];
	int i;

	start();
	for (i = 0; i < 4; i++)
		f[i] = spawn(churns, NULL);
	for (i = 0; i < 50; i++) {
		dumped = 0;
		dump();
		cr_assert_not_null(strstr(text, "greenshim: end of dump\n"));
	}
	stop = 1;
	for (i = 0; i < 4; i++)
		join(f[i]);
}
