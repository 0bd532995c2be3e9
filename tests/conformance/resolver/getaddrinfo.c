/*
 * getaddrinfo(3) in 50 threads at once, for names in the hosts file, numbers
 * and services; errors; getnameinfo.
 */
#include "lib.h"
#include <netdb.h>

static void *resolves(void *argument)
{
	struct addrinfo hints = { .ai_family = AF_INET,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	struct sockaddr_in *addr;
	char host[64], service[16], port[16];
	int n = (int)(intptr_t)argument;

	snprintf(port, sizeof(port), "%d", 1000 + n);
	CHECK_INT(getaddrinfo("localhost", port, &hints, &list), 0);
	CHECK(list != NULL);
	addr = (struct sockaddr_in *)list->ai_addr;
	CHECK_INT(ntohl(addr->sin_addr.s_addr), INADDR_LOOPBACK);
	CHECK_INT(ntohs(addr->sin_port), 1000 + n);
	CHECK_INT(getnameinfo(list->ai_addr, list->ai_addrlen, host,
			      sizeof(host), service, sizeof(service),
			      NI_NUMERICHOST | NI_NUMERICSERV),
		  0);
	CHECK(strcmp(host, "127.0.0.1") == 0);
	CHECK(strcmp(service, port) == 0);
	freeaddrinfo(list);

	hints.ai_flags = AI_NUMERICHOST;
	CHECK_INT(getaddrinfo("127.1.2.3", NULL, &hints, &list), 0);
	freeaddrinfo(list);
	CHECK_INT(getaddrinfo("not-a-number", NULL, &hints, &list), EAI_NONAME);
	hints.ai_family = 999;
	CHECK_INT(getaddrinfo("localhost", NULL, &hints, &list), EAI_FAMILY);
	return NULL;
}

int main(void)
{
	pthread_t threads[50];

	for (int i = 0; i < 50; i++)
		threads[i] = start(resolves, (void *)(intptr_t)i);
	for (int i = 0; i < 50; i++)
		join(threads[i]);
	ok("in 50 threads");
	resolves(NULL);
	ok("in main");
	return 0;
}
