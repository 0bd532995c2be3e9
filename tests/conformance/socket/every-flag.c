// TIMEOUT: 120
/*
 * Each of the 32 bits of the flags of send(2), recv(2) and kin, alone and with
 * others, on five kinds of sockets: results, errors and what arrives are those
 * of the kernel, whether or not the call has to wait, and whether or not the
 * kernel knows the flag.
 */
#include "lib.h"

enum { TCP, UDP, STREAM, DGRAM, SEQPACKET, KINDS };
enum { RECV, RECVFROM, RECVMSG, RECVMMSG, READS };
enum { SEND, SENDTO, SENDMSG, SENDMMSG, WRITES };

static const char *const kinds[] = { "TCP", "UDP", "local stream",
				     "local datagrams", "local packets" };
static const char *const reads[] = { "recv", "recvfrom", "recvmsg",
				     "recvmmsg" };
static const char *const writes[] = { "send", "sendto", "sendmsg", "sendmmsg" };

/* Each bit alone, then together with one that the runtime handles. */
enum { TRIES = 32 * 3 };

static int flags_of(int i)
{
	static const unsigned beside[] = { 0, MSG_WAITALL, MSG_PEEK };

	return (int)(1u << i % 32 | beside[i / 32]);
}

static void open_kind(int kind, int fds[2])
{
	static const int types[] = { [STREAM] = SOCK_STREAM,
				     [DGRAM] = SOCK_DGRAM,
				     [SEQPACKET] = SOCK_SEQPACKET };
	struct sockaddr_in addr[2];

	if (kind == TCP) {
		tcp_pair(fds);
	} else if (kind == UDP) {
		for (int i = 0; i < 2; i++)
			fds[i] = udp_socket(&addr[i]);
		for (int i = 0; i < 2; i++)
			CHECK_INT(connect(fds[i],
					  (struct sockaddr *)&addr[1 - i],
					  sizeof(addr[0])),
				  0);
	} else {
		CHECK_INT(socketpair(AF_UNIX, types[kind], 0, fds), 0);
	}
}

struct
try {
	int fds[2], call, flags, result, error, out, next;
	int begun, ended;
	pthread_t thread;
	char data[8];
};

static struct try tries[TRIES];
static char large[1 << 20];

static void call_it(struct try *t, char *data, size_t size)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct iovec iov = { data, size };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	int fd = t->fds[0], flags = t->flags;

	errno = 0;
	switch (t->call) {
	case RECV:
		t->result = recv(fd, data, size, flags);
		break;
	case RECVFROM:
		t->result = recvfrom(fd, data, size, flags,
				     (struct sockaddr *)&from, &len);
		break;
	case RECVMSG:
		t->result = recvmsg(fd, &m.msg_hdr, flags);
		t->out = t->result >= 0 ? m.msg_hdr.msg_flags : 0;
		break;
	case RECVMMSG:
		t->result = recvmmsg(fd, &m, 1, flags, NULL);
		if (t->result == 1)
			t->result = m.msg_len;
		t->out = t->result >= 0 ? m.msg_hdr.msg_flags : 0;
		break;
	case READS + SEND:
		t->result = send(fd, data, size, flags);
		break;
	case READS + SENDTO:
		t->result = sendto(fd, data, size, flags, NULL, 0);
		break;
	case READS + SENDMSG:
		t->result = sendmsg(fd, &m.msg_hdr, flags);
		break;
	case READS + SENDMMSG:
		t->result = sendmmsg(fd, &m, 1, flags);
		if (t->result == 1)
			t->result = m.msg_len;
		break;
	}
	t->error = errno;
}

static void *read_it(void *argument)
{
	struct try *t = argument;

	__atomic_store_n(&t->begun, 1, __ATOMIC_SEQ_CST);
	call_it(t, t->data, 6);
	__atomic_store_n(&t->ended, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void wait_until(int *word, int most_ms)
{
	while (!__atomic_load_n(word, __ATOMIC_SEQ_CST) && most_ms-- > 0)
		sleep_ms(1);
}

static int is_same(const struct try *a, const struct try *b)
{
	return a->result == b->result && a->error == b->error &&
	       a->out == b->out && a->next == b->next &&
	       !memcmp(a->data, b->data, sizeof(a->data));
}

/* Runs of flags that do the same take one line. */
static void report(const char *call, const char *kind)
{
	for (int i = 0; i < TRIES; i++) {
		const struct try *t = &tries[i];

		if (i % 32 == 0 || !is_same(t, t - 1))
			printf("%s, %s, from %#x: %d %s, \"%.6s\", flags %#x, "
			       "then %d\n",
			       call, kind, flags_of(i), t->result,
			       t->result < 0 ? strerror(t->error) : "", t->data,
			       t->out, t->next);
	}
	fflush(stdout);
}

/* Readers of empty sockets, to which three bytes come, and three more. */
static void readers(int kind, int call)
{
	memset(tries, 0, sizeof(tries));
	for (int i = 0; i < TRIES; i++) {
		struct try *t = &tries[i];

		open_kind(kind, t->fds);
		t->call = call;
		t->flags = flags_of(i);
		t->thread = start_small(read_it, t);
	}
	for (int i = 0; i < TRIES; i++)
		wait_until(&tries[i].begun, 1000);
	sleep_ms(30);
	for (int i = 0; i < TRIES; i++)
		CHECK_INT(send(tries[i].fds[1], "abc", 3, 0), 3);
	/* Most end with the first part; those that do not, with the second. */
	for (int i = 0; i < TRIES; i++)
		if (!(tries[i].flags & MSG_WAITALL))
			wait_until(&tries[i].ended, 200);
	sleep_ms(30);
	for (int i = 0; i < TRIES; i++)
		CHECK_INT(send(tries[i].fds[1], "def", 3, 0), 3);
	for (int i = 0; i < TRIES; i++) {
		struct try *t = &tries[i];

		wait_until(&t->ended, 100);
		if (!t->ended) { /* by the end, if not by bytes */
			shutdown(t->fds[1], SHUT_RDWR);
			shutdown(t->fds[0], SHUT_RDWR);
		}
		join(t->thread);
		t->next = recv(t->fds[0], large, 20, MSG_DONTWAIT);
		close(t->fds[0]);
		close(t->fds[1]);
	}
	report(reads[call], kinds[kind]);
}

/* Writers to empty sockets, and what the peer gets. */
static void writers(int kind, int call)
{
	memset(tries, 0, sizeof(tries));
	for (int i = 0; i < TRIES; i++) {
		struct try *t = &tries[i];
		struct pollfd p;

		open_kind(kind, t->fds);
		t->call = READS + call;
		t->flags = flags_of(i);
		memcpy(t->data, "ghi", 3);
		call_it(t, t->data, 3);
		memset(t->data, 0, sizeof(t->data));
		p = (struct pollfd){ t->fds[1], POLLIN | POLLPRI, 0 };
		if (t->result > 0 && !(t->flags & MSG_MORE))
			poll(&p, 1, 20);
		t->next = recv(t->fds[1], t->data, 6, MSG_DONTWAIT);
		close(t->fds[0]);
		close(t->fds[1]);
	}
	report(writes[call], kinds[kind]);
}

static void *large_write(void *argument)
{
	struct try *t = argument;

	call_it(t, large, sizeof(large));
	shutdown(t->fds[0], SHUT_WR);
	return NULL;
}

/* Writers that wait for a reader. */
static void large_writers(int kind, int call)
{
	memset(tries, 0, sizeof(tries));
	for (int i = 0; i < 32; i++) {
		struct try *t = &tries[i];
		pthread_t thread;
		ssize_t got;

		if (flags_of(i) & MSG_DONTWAIT)
			continue;
		open_kind(kind, t->fds);
		t->call = READS + call;
		t->flags = flags_of(i);
		thread = start(large_write, t);
		while ((got = recv(t->fds[1], large, 100000, 0)) > 0)
			t->next += got;
		join(thread);
		printf("%s, %s, %#x: %d %s, %d came\n", writes[call],
		       kinds[kind], t->flags, t->result,
		       t->result < 0 ? strerror(t->error) : "", t->next);
		close(t->fds[0]);
		close(t->fds[1]);
	}
	fflush(stdout);
}

static void *checks(void *argument)
{
	for (int kind = 0; kind < KINDS; kind++) {
		for (int call = 0; call < READS; call++)
			readers(kind, call);
		for (int call = 0; call < WRITES; call++) {
			writers(kind, call);
			if (kind == TCP || kind == STREAM)
				large_writers(kind, call);
		}
	}
	return argument;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	join(start(checks, NULL));
	return 0;
}
