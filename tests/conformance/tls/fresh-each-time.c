/*
 * A thread's __thread variables begin at their initial values and its keys at
 * NULL, whatever an earlier thread left in the same memory.
 */
#include "lib.h"

static __thread int number = 17;
static __thread char text[64] = "initial";
static __thread long zero[40];
static pthread_key_t key;

static void *spoils(void *argument)
{
	(void)argument;
	CHECK_INT(number, 17);
	CHECK(strcmp(text, "initial") == 0);
	for (int i = 0; i < 40; i++)
		CHECK_INT(zero[i], 0);
	CHECK(pthread_getspecific(key) == NULL);
	CHECK_INT(errno, 0);
	number = -1;
	memset(text, 'x', sizeof(text));
	memset(zero, 0xff, sizeof(zero));
	pthread_setspecific(key, text);
	errno = EIO;
	return NULL;
}

int main(void)
{
	CHECK_INT(pthread_key_create(&key, NULL), 0);
	for (int i = 0; i < 300; i++)
		join(start(spoils, NULL));
	ok("300 threads, one after the other");
	return 0;
}
