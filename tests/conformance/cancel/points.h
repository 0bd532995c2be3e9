/*
 * A program that asks of each call in a list whether it acts on a cancellation
 * that is pending.  It includes this after defining its list:
 *
 *	#define POINTS(X) X(name, expression) ...
 */
enum {
#define NUMBER(name, call) N_##name,
	POINTS(NUMBER) COUNT
};

static const char *const names[] = {
#define NAME(name, call) #name,
	POINTS(NAME)
};

static void call(intptr_t which)
{
	switch (which) {
#define CASE(name, call)                                                       \
	case N_##name:                                                         \
		(void)(call);                                                  \
		break;
		POINTS(CASE)
	}
}

/* A thread's function: makes one call with a cancellation pending. */
static void *call_cancelled(void *which)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	CHECK_INT(pthread_cancel(pthread_self()), 0);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	call((intptr_t)which);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return NULL;
}
