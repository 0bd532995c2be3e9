/*
 * Where the kernel says EFAULT of a pointer, the greened call does.
 *
 * Each function of shim/symbols.def, and each call by number of the list below,
 * is called with a bad pointer in place of each of its pointers, on descriptors
 * of all kinds: memory that cannot be read, and memory that cannot be written.
 * A greened run asks a native one first which of these calls say EFAULT; those
 * are made. (Where libc itself looks at the memory, the process dies natively.)
 */
// TIMEOUT: 180
#include "lib.h"
#include "called.h"
#include <dlfcn.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/timerfd.h>

#define CASES	 (1 << 16)
#define MOST	 6
#define NATIVELY "EVERY_POINTER_NATIVELY"

#define CALLS (sizeof(all) / sizeof(*all))

/* ---- descriptors ---- */

enum {
	PIPE_IN,
	PIPE_OUT,
	STREAM,
	TCP,
	TCP_EMPTY,
	UDP,
	LISTEN,
	FILE_FD,
	EPOLL,
	EVENT,
	TIMER,
	QUEUE,
	KINDS
};

static int fds[8], nfds, own_queue, own_semaphores;

static int keep(int fd)
{
	CHECK(fd >= 0 && nfds < 8);
	return fds[nfds++] = fd;
}

static int pair_of(int kind, int which, int bytes)
{
	int pair[2];

	open_pair(pair, kind);
	if (bytes)
		CHECK_INT(write(pair[1], "bytes", 5), 5);
	keep(pair[!which]);
	return keep(pair[which]);
}

static int queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 8 };
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/every-pointer.%d", getpid());
	fd = mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink(name);
	if (fd >= 0)
		CHECK_INT(mq_send(fd, "text", 4, 0), 0);
	return keep(fd);
}

static int descriptor(int kind)
{
	struct sockaddr_in addr;
	int fd;

	switch (kind) {
	case PIPE_IN:
		return pair_of(PAIR_PIPE, 0, 1);
	case PIPE_OUT:
		return pair_of(PAIR_PIPE, 1, 0);
	case STREAM:
		return pair_of(PAIR_STREAM, 0, 1);
	case TCP:
		return pair_of(PAIR_TCP, 0, 1);
	case TCP_EMPTY: {
		char bytes[8];

		/* A short read tells that there is nothing more. */
		fd = pair_of(PAIR_TCP, 0, 1);
		CHECK_INT(read(fd, bytes, 8), 5);
		return fd;
	}
	case UDP:
		fd = udp_socket(&addr);
		CHECK_INT(connect(fd, (void *)&addr, sizeof(addr)), 0);
		CHECK_INT(send(fd, "bytes", 5, 0), 5);
		return keep(fd);
	case LISTEN:
		fd = keep(tcp_listen(&addr, 1));
		keep(tcp_connect(&addr));
		return fd;
	case FILE_FD:
		fd = keep(scratch_file());
		CHECK_INT(pwrite(fd, "bytes", 5, 0), 5);
		return fd;
	case EPOLL:
		return keep(epoll_create1(0));
	case EVENT:
		return keep(eventfd(1, 0));
	case TIMER:
		return keep(timerfd_create(CLOCK_MONOTONIC, 0));
	case QUEUE:
		return queue();
	}
	FAIL("descriptor: kind %d", kind);
}

static void close_all(void)
{
	while (nfds > 0)
		close(fds[--nfds]);
}

/* ---- arguments ---- */

struct arg {
	char text[80];
	const char *name; /* in text */
	int is_pointer, is_function, is_descriptor;
};

static const char *const descriptors[] = { "fd",  "in",	   "out", "set",
					   "old", "queue", "dir", NULL };

static const struct {
	const char *name;
	long first, second; /* on two visits */
} numbers[] = {
	{ "n", 1, 8 },
	{ "m", 1, 1 },
	{ "one", 1, 1 },
	{ "eight", 8, 8 },
	{ "size", 8, 64 },
	{ "room", 64, 64 },
	{ "len", 16, 4 },
	{ "tolen", 16, 16 },
	{ "what", RLIMIT_CORE, RLIMIT_CORE },
	{ "op", EPOLL_CTL_ADD, EPOLL_CTL_MOD },
	{ "how", SIG_BLOCK, SIG_SETMASK },
	{ "sig", SIGUSR1, SIGUSR2 },
	{ "level", SOL_SOCKET, SOL_SOCKET },
	{ "name", SO_SNDBUF, SO_RCVTIMEO },
	{ "options", WNOHANG | WEXITED, WNOHANG },
	{ "clock", CLOCK_REALTIME, CLOCK_MONOTONIC },
	{ "own_time", CLOCK_THREAD_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID },
	{ "minus", -1, -1 },
	{ "cwd", AT_FDCWD, AT_FDCWD },
	{ "how_size", 24, 24 },
	{ "attr_size", 48, 48 },
	{ "thread", RUSAGE_THREAD, RUSAGE_SELF },
	{ "get_lock", F_GETLK, F_GETLK },
	{ "wait_lock", F_SETLKW, F_OFD_SETLKW },
	{ "set_owner", F_SETOWN_EX, F_SETOWN_EX },
	{ "get_owner", F_GETOWN_EX, F_GETOWN_EX },
	{ "nonblock", FIONBIO, FIONBIO },
	{ "unread", FIONREAD, FIONREAD },
	{ "set_name", PR_SET_NAME, PR_SET_NAME },
	{ "get_name", PR_GET_NAME, PR_GET_NAME },
	{ "get_death", PR_GET_PDEATHSIG, PR_GET_PDEATHSIG },
	{ "family", AF_UNIX, AF_UNIX },
};

static int is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* The parameters of "(int fd, void *buf)". */
static int parse(const char *text, struct arg args[MOST])
{
	int n = 0, depth = 0;
	char *at = args[0].text;

	memset(args, 0, MOST * sizeof(*args));
	for (text++; *text && n < MOST; text++) {
		depth += (*text == '(') - (*text == ')');
		if (depth == 0 && *text == ',') {
			at = args[++n].text;
			continue;
		}
		if (depth < 0)
			break;
		*at++ = *text;
	}
	n++;
	for (int i = 0; i < n; i++) {
		struct arg *a = &args[i];
		char *end = a->text + strlen(a->text);

		a->is_function = strstr(a->text, "(*") != NULL;
		a->is_pointer = !a->is_function && strpbrk(a->text, "*[");
		if ((at = strchr(a->text, '[')) != NULL)
			end = at;
		for (at = end; at > a->text && is_word(at[-1]); at--)
			;
		a->name = at;
		a->is_descriptor = 0;
		for (int j = 0; descriptors[j] && !a->is_pointer; j++)
			a->is_descriptor |= !strcmp(at, descriptors[j]);
	}
	return n;
}

static char room[MOST][4096], bytes[256], signal_stack[1 << 16];

/* What the pointer is to point at, as far as it matters. */
static void *memory_for(const struct arg *a, int i, int fd)
{
	const char *text = a->text;
	struct iovec iov = { bytes, 8 };

	memset(room[i], 0, sizeof(room[i]));
	if (strstr(text, "struct iovec")) {
		for (int j = 0; j < 8; j++)
			memcpy(room[i] + j * sizeof(iov), &iov, sizeof(iov));
	} else if (strstr(text, "struct mmsghdr")) {
		for (int j = 0; j < 8; j++) {
			struct mmsghdr *m = (struct mmsghdr *)room[i] + j;

			m->msg_hdr.msg_iov = memcpy(room[i] + 2048, &iov,
						    sizeof(iov));
			m->msg_hdr.msg_iovlen = 1;
		}
	} else if (strstr(text, "struct msghdr")) {
		struct msghdr *m = (struct msghdr *)room[i];

		m->msg_iov = memcpy(room[i] + 2048, &iov, sizeof(iov));
		m->msg_iovlen = 1;
	} else if (strstr(text, "struct sembuf")) {
		*(struct sembuf *)room[i] = (struct sembuf){ 0, 1, 0 };
	} else if (strstr(text, "struct pollfd")) {
		*(struct pollfd *)room[i] = (struct pollfd){ fd, POLLIN, 0 };
	} else if (strstr(text, "stack_t")) {
		((stack_t *)room[i])->ss_sp = signal_stack;
		((stack_t *)room[i])->ss_size = sizeof(signal_stack);
	} else if (strstr(text, "socklen_t")) {
		*(socklen_t *)room[i] = 16;
	} else if (strstr(text, "struct timespec")) {
		((struct timespec *)room[i])->tv_nsec = 1000;
	} else if (!strcmp(a->name, "message")) {
		*(long *)room[i] = 1;
	} else if (!strcmp(a->name, "info")) {
		((siginfo_t *)room[i])->si_code = SI_QUEUE;
	} else if (!strcmp(a->name, "mask") && strstr(text, "void")) {
		((long *)room[i])[1] = 8;
	} else if (!strcmp(a->name, "header")) {
		*(int *)room[i] = 0x20080522;
	}
	return room[i];
}

static void nothing(void)
{
}

static long number_for(const struct called *c, const struct arg *a, int visit)
{
	size_t i;

	if (!strcmp(a->name, "id"))
		return strstr(c->name, "msg") ? own_queue : own_semaphores;
	if (!strcmp(a->name, "own_pid"))
		return getpid();
	if (!strcmp(a->name, "tid") && strstr(c->name, "queueinfo"))
		return syscall(SYS_gettid);
	if (!strcmp(c->name, "socketpair") && !strcmp(a->name, "type"))
		return SOCK_STREAM;
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!strcmp(a->name, numbers[i].name))
			return visit ? numbers[i].second : numbers[i].first;
	return 0;
}

/* ---- one case: a call, a pointer, bad memory, a descriptor, a visit ---- */

struct one {
	short call, pointer, kind, visit, bad;
};

static struct one cases[CASES];
static int ncases;
static char *bad_memory[2]; /* cannot be read; cannot be written */

static void make_cases(void)
{
	struct arg args[MOST];

	for (size_t c = 0; c < CALLS; c++) {
		int n = parse(all[c].args, args), fd = 0;

		for (int i = 0; i < n; i++)
			fd |= args[i].is_descriptor;
		for (int i = 0; i < n; i++) {
			if (!args[i].is_pointer)
				continue;
			for (int k = 0; k < (fd ? KINDS : 1); k++)
				for (int v = 0; v < 4; v++)
					cases[ncases++] = (struct one){ c, i, k,
									v >> 1,
									v & 1 };
			CHECK(ncases < CASES - 64);
		}
	}
}

typedef long call6(long, long, long, long, long, long);

/* Returns -errno as the call left it. */
static long make_call(const struct one *o)
{
	const struct called *c = &all[o->call];
	struct arg args[MOST];
	int n = parse(c->args, args), fd = -1;
	long v[MOST] = { 0 }, r;
	call6 *function;

	for (int i = 0; i < n; i++)
		if (args[i].is_descriptor) {
			/* Of two, the second is the usual partner. */
			v[i] = fd < 0 ? descriptor(o->kind)
				      : descriptor(!strcmp(args[i].name, "in")
							   ? FILE_FD
							   : PIPE_OUT);
			fd = (int)v[i];
		}
	for (int i = 0; i < n; i++) {
		if (args[i].is_descriptor)
			continue;
		if (args[i].is_function)
			v[i] = (long)nothing;
		else if (i == o->pointer)
			v[i] = (long)bad_memory[o->bad];
		else if (args[i].is_pointer)
			v[i] = (long)memory_for(&args[i], i, fd);
		else
			v[i] = number_for(c, &args[i], o->visit);
	}
	errno = 0;
	if (c->nr >= 0) {
		r = syscall(c->nr, v[0], v[1], v[2], v[3], v[4], v[5]);
	} else {
		/* An older libc may not have it. */
		function = (call6 *)dlsym(RTLD_DEFAULT, c->name);
		r = function ? function(v[0], v[1], v[2], v[3], v[4], v[5]) : 0;
	}
	r = (int)r == EFAULT || ((int)r < 0 && errno == EFAULT) ? -EFAULT : r;
	close_all();
	return r;
}

/* ---- all of them, in children that may die ---- */

enum { UNTRIED, BEGUN, SAYS_EFAULT, OTHER };

static struct shared {
	int next, queue, semaphores;
	char wanted[CASES], result[CASES];
} * shared;

static void child(int patience_ms)
{
	struct itimerval limit = {
		{ 0, 0 }, { patience_ms / 1000, patience_ms % 1000 * 1000 }
	};
	int i;

	be_threaded();
	while ((i = shared->next) < ncases) {
		shared->next++;
		if (!shared->wanted[i])
			continue;
		shared->result[i] = BEGUN;
		setitimer(ITIMER_REAL, &limit, NULL);
		shared->result[i] = make_call(&cases[i]) == -EFAULT
					    ? SAYS_EFAULT
					    : OTHER;
	}
	_exit(0);
}

static void try_all(int patience_ms)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	shared->next = 0;
	while (shared->next < ncases) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			child(patience_ms);
		wait_for(pid);
	}
}

/* What says EFAULT natively is wanted from now on. */
static void ask_native_run(int fd)
{
	char text[16];
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		snprintf(text, sizeof(text), "%d", fd);
		unsetenv("LD_PRELOAD");
		unsetenv("GREENSHIM_HUBS");
		setenv(NATIVELY, text, 1);
		execl("/proc/self/exe", "every-pointer", NULL);
		_exit(1);
	}
	CHECK_INT(wait_for(pid), 0);
	for (int i = 0; i < ncases; i++)
		shared->wanted[i] = shared->result[i] == SAYS_EFAULT;
}

static void report(void)
{
	static const char *const kinds[KINDS] = {
		"pipe",	      "pipe's end", "stream",	"tcp",
		"tcp, empty", "udp",	    "listener", "file",
		"epoll",      "eventfd",    "timerfd",	"queue"
	};
	static const char *const results[] = { "not tried", "died or hung",
					       "EFAULT", "something else" };
	int wanted = 0;

	for (int i = 0; i < ncases; i++) {
		const struct one *o = &cases[i];
		struct arg args[MOST];

		wanted += shared->wanted[i];
		if (!shared->wanted[i] || shared->result[i] == SAYS_EFAULT)
			continue;
		parse(all[o->call].args, args);
		printf("%s, %s%s, %s, %d: %s\n", all[o->call].name,
		       o->bad ? "read-only " : "", args[o->pointer].name,
		       kinds[o->kind], o->visit,
		       results[(int)shared->result[i]]);
	}
	/* Which ones depends on the machine; that there are many does not. */
	CHECK(wanted > 1000);
	ok("every pointer that natively gives EFAULT");
}

static void share(int fd)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	CHECK(shared != MAP_FAILED);
	own_queue = shared->queue;
	own_semaphores = shared->semaphores;
}

int main(void)
{
	const char *natively = getenv(NATIVELY);
	int fd, readable[2] = { PROT_NONE, PROT_READ };

	for (int i = 0; i < 2; i++) {
		bad_memory[i] = mmap(NULL, 1 << 16, readable[i],
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(bad_memory[i] != MAP_FAILED);
	}
	make_cases();
	if (natively) {
		share(atoi(natively));
		try_all(100);
		return 0;
	}
	fd = memfd_create("shared", 0);
	CHECK_INT(ftruncate(fd, sizeof(*shared)), 0);
	share(fd);
	own_queue = shared->queue = msgget(IPC_PRIVATE, 0600);
	own_semaphores = shared->semaphores = semget(IPC_PRIVATE, 1, 0600);
	memset(shared->wanted, 1, sizeof(shared->wanted));
	ask_native_run(fd);
	memset(shared->result, UNTRIED, sizeof(shared->result));
	try_all(10000);
	report();
	msgctl(own_queue, IPC_RMID, NULL);
	semctl(own_semaphores, 0, IPC_RMID);
	return 0;
}
