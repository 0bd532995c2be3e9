/*
 * Deeds with processes: forked from any thread, spawned, with threads of
 * their own, and with limits that refuse them what they ask for.
 */
#include "mayhem.h"
#include <dlfcn.h>
#include <spawn.h>
#include <sys/resource.h>

extern char **environ;

static const char *program; /* our own path */

void children_begin(const char *name)
{
	program = name;
}

int reap(pid_t pid)
{
	int status = -1;

	CHECK_INT(AGAIN(waitpid(pid, &status, 0)), pid);
	forget_child(pid);
	return status;
}

/*
 * libc's fork frees its own locks in the child, but not the one of the
 * functions to be called at exit, which dlopen and dlclose take: no fork in
 * the middle of these.
 */
static const pthread_rwlock_t fresh = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t loading = PTHREAD_RWLOCK_INITIALIZER;

pid_t fork_child(void)
{
	pid_t pid;

	CHECK_INT(pthread_rwlock_rdlock(&loading), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		loading = fresh; /* its waiters are not in the child */
	else
		CHECK_INT(pthread_rwlock_unlock(&loading), 0);
	return pid;
}

/* ---- what a child does with itself ---- */

static void *add_up(void *argument)
{
	long *sum = argument;

	for (int i = 0; i < 100; i++) {
		void *block = malloc((size_t)i * 10 + 1);

		CHECK(block != NULL);
		free(block);
		if (i % 10 == 0)
			sched_yield();
	}
	__atomic_add_fetch(sum, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void with_threads(struct player *player)
{
	pthread_t threads[5];
	long sum = 0;

	for (int i = 0; i < 5; i++)
		threads[i] = start(add_up, &sum);
	jitter(&player->random);
	for (int i = 0; i < 5; i++)
		join(threads[i]);
	CHECK_INT(sum, 5);
}

static void *talk_back(void *argument)
{
	int fd = *(int *)argument;
	char text[5];

	read_all(fd, text, sizeof(text));
	CHECK(!memcmp(text, "over", 5));
	write_all(fd, "out", 4);
	return NULL;
}

static void with_talk(struct player *player)
{
	pthread_t thread;
	char text[4];
	int fds[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	thread = start(talk_back, &fds[0]);
	jitter(&player->random);
	write_all(fds[1], "over", 5);
	read_all(fds[1], text, sizeof(text));
	CHECK(!memcmp(text, "out", 4));
	join(thread);
	close(fds[0]);
	close(fds[1]);
}

static void with_victim(struct player *player)
{
	cancel_somebody(player);
}

static void with_child(struct player *player)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(3);
	jitter(&player->random);
	CHECK_INT(reap(pid), 3 << 8);
}

static void with_sleep(struct player *player)
{
	usleep(pick(&player->random, 3000));
}

static void *add_up_poorly(void *argument)
{
	for (int i = 0; i < 10; i++)
		free(malloc((size_t)i * 3000 + 1));
	__atomic_add_fetch((long *)argument, 1, __ATOMIC_SEQ_CST);
	return argument;
}

/* It uses what it can get, and gets an error for the rest. */
static void in_poverty(struct player *player)
{
	struct rlimit limit;
	pthread_t threads[40];
	int fds[2], n, error = 0;
	long sum = 0;

	/* Where there are threads already there are descriptors for them. */
	if (pick(&player->random, 2))
		with_threads(player);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = pick(&player->random, 40) + 3;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
	if (pick(&player->random, 2))
		limit.rlim_cur = 64ul << 20; /* below what we have by far */
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	for (n = 0; n < 40 && !error; n++)
		error = pthread_create(&threads[n], NULL, add_up_poorly, &sum);
	CHECK(error == 0 || error == EAGAIN || error == ENOMEM);
	if (error)
		n--;
	for (int i = 0; i < 100; i++)
		if (pipe2(fds, O_CLOEXEC) == -1) {
			CHECK_INT(errno, EMFILE);
			break;
		}
	for (int i = 0; i < n; i++)
		join(threads[i]);
	CHECK_INT(sum, n);
	if (open("/dev/null", O_RDONLY) == -1)
		CHECK_INT(errno, EMFILE);
}

static void (*const lives[])(struct player *) = {
	with_threads, with_talk,  with_victim, with_child,
	with_sleep,   in_poverty, NULL,
};

struct end {
	int status, how;
};

static void end_as(const struct end *end)
{
	char number[16];
	char *argv[] = { (char *)program, "--child", number, NULL };

	switch (end->how) {
	case 0:
		exit(end->status);
	case 1:
		quick_exit(end->status);
	case 2:
		snprintf(number, sizeof(number), "%d", end->status);
		execv("/proc/self/exe", argv);
		_exit(120);
	default:
		_exit(end->status);
	}
}

static void *end_in_thread(void *argument)
{
	end_as(argument);
	return NULL;
}

static void child_life(struct player *player, int status)
{
	struct end end = { status, (int)pick(&player->random, 5) };
	void (*life)(struct player *);
	struct player self;

	signals_in_child();
	player_begin(&self, 0, IN_CHILD);
	self.random = player->random;
	doing(&self, "is a child");
	life = lives[pick(&self.random, sizeof(lives) / sizeof(lives[0]))];
	if (life)
		life(&self);
	doing(&self, "is a child that ends");
	if (life == in_poverty) /* which starts nothing any more */
		_exit(status);
	if (pick(&self.random, 3) == 0)
		for (start(end_in_thread, &end);;)
			pause();
	end_as(&end);
}

/* ---- the deeds ---- */

static void make_child(struct player *player)
{
	int status = random_status(&player->random);
	unsigned how = pick(&player->random, 4);
	siginfo_t info;
	pid_t pid = fork_child();

	if (pid == 0)
		child_life(player, status);
	note_child(pid);
	jitter(&player->random);
	doing(player, "waits for a child");
	switch (how) {
	case 0:
		CHECK_INT(AGAIN(waitid(P_PID, (id_t)pid, &info,
				       WEXITED | WNOWAIT)),
			  0);
		CHECK_INT(info.si_status, status);
		break;
	case 1:
		for (;;) {
			pid_t got = waitpid(pid, &status, WNOHANG);

			CHECK(got == 0 || got == pid);
			if (got == pid)
				break;
			usleep(300);
		}
		forget_child(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) > 0);
		return;
	}
	CHECK_INT(reap(pid), status << 8);
}

static void kill_child(struct player *player)
{
	pid_t pid = fork_child();

	if (pid == 0) {
		if (pick(&player->random, 2))
			be_threaded();
		for (;;)
			pause();
	}
	note_child(pid);
	usleep(pick(&player->random, 3000));
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(reap(pid), SIGKILL);
}

/* A child that talks with us through a pair of sockets. */
static void talk_with_child(struct player *player)
{
	uint64_t sum = 0, got = 0, values[64];
	int fds[2];
	pid_t pid;

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork_child();
	if (pid == 0) {
		close(fds[0]);
		for (int i = 0; i < 64; i++) {
			read_all(fds[1], &values[i], 8);
			sum += values[i];
		}
		write_all(fds[1], &sum, 8);
		_exit(0);
	}
	note_child(pid);
	CHECK_INT(close(fds[1]), 0);
	for (int i = 0; i < 64; i++) {
		values[i] = pick(&player->random, 1 << 30);
		sum += values[i];
		write_all(fds[0], &values[i], 8);
		jitter(&player->random);
	}
	read_all(fds[0], &got, 8);
	CHECK(got == sum);
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(reap(pid), 0);
}

static void spawn(struct player *player)
{
	int status = random_status(&player->random), fds[2];
	char number[16], text[16] = "";
	char *argv[] = { (char *)program, "--spawned", number, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	snprintf(number, sizeof(number), "%d", status);
	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	CHECK_INT(posix_spawn_file_actions_init(&actions), 0);
	CHECK_INT(posix_spawn_file_actions_adddup2(&actions, fds[1], 1), 0);
	CHECK_INT(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv,
			      environ),
		  0);
	note_child(pid);
	posix_spawn_file_actions_destroy(&actions);
	CHECK_INT(close(fds[1]), 0);
	read_all(fds[0], text, 5);
	CHECK(!strcmp(text, "child"));
	CHECK_INT(close(fds[0]), 0);
	CHECK_INT(reap(pid), status << 8);
}

static void vfork_and_exec(struct player *player)
{
	int status = random_status(&player->random);
	volatile int written = 0;
	char command[32];
	pid_t pid;

	snprintf(command, sizeof(command), "exit %d", status);
	pid = vfork();
	if (pid == 0) {
		/* Numbers that name other files for our threads. */
		dup2(1, 3);
		close(4);
		written = status;
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(120);
	}
	CHECK(pid > 0);
	CHECK_INT(written, status);
	note_child(pid);
	CHECK_INT(reap(pid), status << 8);
}

static void use_system(struct player *player)
{
	int status = random_status(&player->random);
	char command[32];

	snprintf(command, sizeof(command), "exit %d", status);
	CHECK_INT(system(command), status << 8);
}

static void use_popen(struct player *player)
{
	int status = random_status(&player->random);
	char command[64], line[64], want[64];
	sigset_t old;
	FILE *in;

	block_storms(&old); /* a stream does not continue after EINTR */
	snprintf(command, sizeof(command), "echo %d; exit %d", status * 3,
		 status);
	snprintf(want, sizeof(want), "%d\n", status * 3);
	in = popen(command, "re");
	CHECK(in != NULL);
	jitter(&player->random);
	CHECK(fgets(line, sizeof(line), in) != NULL);
	CHECK(!strcmp(line, want));
	CHECK(fgets(line, sizeof(line), in) == NULL);
	CHECK_INT(pclose(in), status << 8);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

static void load(struct player *player)
{
	/* One with thread-local data, if it is there. */
	static const char *const names[] = { "libstdc++.so.6", "libm.so.6",
					     "libresolv.so.2" };
	void *library;

	CHECK_INT(pthread_rwlock_wrlock(&loading), 0);
	library = dlopen(names[pick(&player->random, 3)], RTLD_NOW);
	CHECK_INT(pthread_rwlock_unlock(&loading), 0);
	if (!library)
		return;
	dlsym(library, "nothing_has_this_name");
	jitter(&player->random);
	CHECK_INT(pthread_rwlock_wrlock(&loading), 0);
	CHECK_INT(dlclose(library), 0);
	CHECK_INT(pthread_rwlock_unlock(&loading), 0);
}

/* ---- the program that children run ---- */

static void *give_status(void *argument)
{
	exit((int)(intptr_t)argument);
}

int children_main(int argc, char **argv)
{
	int status = argc > 2 ? atoi(argv[2]) : 121;

	if (!strcmp(argv[1], "--spawned"))
		CHECK_INT(write(1, "child", 5), 5);
	if (status % 2)
		for (start(give_status, (void *)(intptr_t)status);;)
			pause();
	be_threaded();
	return status;
}

const struct deed child_deeds[] = {
	{ "a child", make_child, 8 },
	{ "a child to be killed", kill_child, 2 },
	{ "a child to talk to", talk_with_child, 3 },
	{ "a spawned child", spawn, 2 },
	{ "vfork", vfork_and_exec, 1 },
	{ "system", use_system, 1 },
	{ "popen", use_popen, 1 },
	{ "a library", load, 1 },
	{ NULL, NULL, 0 },
};
