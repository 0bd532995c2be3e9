/*
 * gethostbyname_r(3), gethostbyaddr_r(3), getnameinfo(3), getservbyname_r(3),
 * getprotobyname_r(3), getaddrinfo_a(3): names from local files, from many
 * threads at once.
 */
#include "lib.h"
#include <netdb.h>

#define THREADS 8
#define ROUNDS	10

static void *asks(void *argument)
{
	struct in_addr here = { htonl(INADDR_LOOPBACK) };
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = here };
	struct hostent host, *h;
	struct servent service, *s;
	struct protoent protocol, *p;
	char buffer[8192], name[64];
	int error;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(gethostbyname_r("localhost", &host, buffer,
					  sizeof(buffer), &h, &error),
			  0);
		CHECK(h == &host &&
		      !memcmp(h->h_addr_list[0], &here, sizeof(here)));
		CHECK_INT(gethostbyaddr_r(&here, sizeof(here), AF_INET, &host,
					  buffer, sizeof(buffer), &h, &error),
			  0);
		CHECK(h == &host && !strcmp(h->h_name, "localhost"));
		CHECK_INT(getnameinfo((struct sockaddr *)&sa, sizeof(sa), name,
				      sizeof(name), NULL, 0, NI_NUMERICHOST),
			  0);
		CHECK(!strcmp(name, "127.0.0.1"));
		CHECK_INT(getservbyname_r("https", "tcp", &service, buffer,
					  sizeof(buffer), &s),
			  0);
		CHECK(s == &service && s->s_port == htons(443));
		CHECK_INT(getprotobyname_r("tcp", &protocol, buffer,
					   sizeof(buffer), &p),
			  0);
		CHECK(p == &protocol && p->p_proto == IPPROTO_TCP);
	}
	return argument;
}

static void *looks_up_aside(void *argument)
{
	struct gaicb one = { .ar_name = "127.0.0.1" },
		     two = { .ar_name = "localhost" };
	struct gaicb *list[] = { &one, NULL, &two };
	const struct gaicb *wait[] = { &two };
	int r;

	CHECK_INT(getaddrinfo_a(GAI_WAIT, list, 3, NULL), 0);
	CHECK(gai_error(&one) == 0 && gai_error(&two) == 0);
	freeaddrinfo(one.ar_result);
	freeaddrinfo(two.ar_result);
	CHECK_INT(getaddrinfo_a(GAI_NOWAIT, list + 2, 1, NULL), 0);
	while (gai_error(&two) == EAI_INPROGRESS) {
		r = gai_suspend(wait, 1, NULL);
		CHECK(r == 0 || r == EAI_ALLDONE);
	}
	CHECK_INT(gai_error(&two), 0);
	CHECK_INT(
		((struct sockaddr_in *)two.ar_result->ai_addr)->sin_addr.s_addr,
		htonl(INADDR_LOOPBACK));
	freeaddrinfo(two.ar_result);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(asks, NULL);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("from the files");
	for (i = 0; i < THREADS; i++)
		threads[i] = start(looks_up_aside, NULL);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("aside");
	return 0;
}
