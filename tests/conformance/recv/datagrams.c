/*
 * recvfrom(2), sendto(2) on datagram sockets: addresses, truncation, empty
 * datagrams (which are not the end), connected sockets; 100 receivers wait.
 */
#include "lib.h"

#define THREADS 100

static struct sockaddr_in addrs[THREADS];
static int sockets[THREADS];
static int waiting;

static void *echo(void *argument)
{
	int n = (int)(intptr_t)argument;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char data[100];
	ssize_t got;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	got = recvfrom(sockets[n], data, sizeof(data), 0,
		       (struct sockaddr *)&from, &len);
	CHECK_INT(got, n % 10);
	CHECK_INT(len, sizeof(from));
	CHECK_INT(sendto(sockets[n], data, got, 0, (struct sockaddr *)&from,
			 len),
		  got);
	return NULL;
}

static void checks(void)
{
	struct sockaddr_in a_addr, b_addr, from;
	socklen_t len = sizeof(from);
	int a = udp_socket(&a_addr), b = udp_socket(&b_addr);
	char data[100];

	CHECK_INT(sendto(a, "hello", 5, 0, (struct sockaddr *)&b_addr,
			 sizeof(b_addr)),
		  5);
	CHECK_INT(recvfrom(b, data, 3, 0, (struct sockaddr *)&from, &len), 3);
	CHECK_INT(len, sizeof(from));
	CHECK_INT(from.sin_port, a_addr.sin_port);
	CHECK_INT(sendto(a, "hello", 5, 0, (struct sockaddr *)&b_addr,
			 sizeof(b_addr)),
		  5);
	CHECK_INT(recv(b, data, 3, MSG_TRUNC), 5);
	ok("truncation");

	CHECK_INT(sendto(a, "", 0, 0, (struct sockaddr *)&b_addr,
			 sizeof(b_addr)),
		  0);
	CHECK_INT(recv(b, data, sizeof(data), 0), 0);
	ok("an empty datagram");

	CHECK_ERRNO(send(a, "x", 1, 0), EDESTADDRREQ);
	CHECK_INT(connect(a, (struct sockaddr *)&b_addr, sizeof(b_addr)), 0);
	CHECK_INT(connect(b, (struct sockaddr *)&a_addr, sizeof(a_addr)), 0);
	CHECK_INT(send(a, "x", 1, 0), 1);
	CHECK_INT(read(b, data, sizeof(data)), 1);
	CHECK_INT(write(a, "yz", 2), 2);
	CHECK_INT(read(b, data, 1), 1);
	CHECK_ERRNO(recv(b, data, 1, MSG_DONTWAIT), EAGAIN);
	ok("connected");

	/* Nobody listens: the refusal comes at the next call. */
	close(b);
	CHECK_INT(send(a, "x", 1, 0), 1);
	CHECK_ERRNO(recv(a, data, 1, 0), ECONNREFUSED);
	ok("refused");
	CHECK_ERRNO(sendto(a, data, 70000, 0, NULL, 0), EMSGSIZE);
	ok("too long");
	close(a);
}

int main(void)
{
	pthread_t threads[THREADS];
	struct sockaddr_in addr;
	int fd;

	run_both(checks);
	for (int i = 0; i < THREADS; i++) {
		sockets[i] = udp_socket(&addrs[i]);
		threads[i] = start(echo, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	fd = udp_socket(&addr);
	for (int i = 0; i < THREADS; i++) {
		char back[100];

		CHECK_INT(sendto(fd, "abcdefghij", i % 10, 0,
				 (struct sockaddr *)&addrs[i],
				 sizeof(addrs[i])),
			  i % 10);
		CHECK_INT(recv(fd, back, sizeof(back), 0), i % 10);
		CHECK(memcmp(back, "abcdefghij", i % 10) == 0);
		join(threads[i]);
	}
	ok("%d receivers", THREADS);
	return 0;
}
