// LIBS: -lresolv
/*
 * A name server that answers late: 40 threads wait in libc's resolver at once,
 * and each gets its own answer. (res_nquery with a state of its own is pointed
 * to a server in this program.)
 */
#include "lib.h"
#include <arpa/nameser.h>
#include <resolv.h>

#define THREADS 40

static struct sockaddr_in server_addr;
static int server;

/* Answers every question with an A record: 10.0.0.<number in the name>. */
static void *name_server(void *argument)
{
	struct {
		unsigned char data[512];
		ssize_t len;
		struct sockaddr_in from;
	} questions[THREADS];

	(void)argument;
	/* Answers none before all have asked. */
	for (int i = 0; i < THREADS; i++) {
		socklen_t len = sizeof(questions[i].from);

		questions[i].len =
			recvfrom(server, questions[i].data, 400, 0,
				 (struct sockaddr *)&questions[i].from, &len);
		CHECK(questions[i].len > 16);
	}
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = THREADS - 1; i >= 0; i--) {
		unsigned char *data = questions[i].data;
		/* Name (a pointer), A, IN, TTL, length, address. */
		unsigned char answer[] = { 0xc0, 12, 0, 1, 0,  1, 0, 0,
					   0,	 60, 0, 4, 10, 0, 0, 0 };

		answer[15] = (unsigned char)atoi((char *)data + 14);
		data[2] |= 0x80;
		data[7] = 1;
		data[11] = 0;
		memcpy(data + questions[i].len, answer, sizeof(answer));
		CHECK_INT(sendto(server, data, questions[i].len + 16, 0,
				 (struct sockaddr *)&questions[i].from,
				 sizeof(questions[i].from)),
			  questions[i].len + 16);
	}
	return NULL;
}

static void *asks(void *argument)
{
	struct __res_state state;
	unsigned char answer[512];
	char name[64];
	int len, n = (int)(intptr_t)argument;

	memset(&state, 0, sizeof(state));
	CHECK_INT(res_ninit(&state), 0);
	state.nscount = 1;
	state.nsaddr_list[0] = server_addr;
	state.retrans = 20;
	state.options &= ~(RES_USE_EDNS0 | RES_DNSRCH | RES_DEFNAMES);
	snprintf(name, sizeof(name), "h%d.example", n);
	len = res_nquery(&state, name, ns_c_in, ns_t_a, answer, sizeof(answer));
	CHECK(len > 16);
	CHECK_INT(answer[len - 4], 10);
	CHECK_INT(answer[len - 1], n);
	res_nclose(&state);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS], serving;

	server = udp_socket(&server_addr);
	serving = start(name_server, NULL);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(asks, (void *)(intptr_t)(i + 1));
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	join(serving);
	ok("%d questions", THREADS);
	return 0;
}
