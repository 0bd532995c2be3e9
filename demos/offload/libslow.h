#ifndef LIBSLOW_H
#define LIBSLOW_H

/* Takes 50 ms. An odd number is an error, with an errno that depends on it. */
int slow_ask(const char *question, int number);

/* Takes 50 ms: the sum. */
double slow_mix(float a, short b, double c, signed char d, long long e, float f,
		unsigned g, long h);

/* How many calls the calling thread has made. */
int slow_calls(void);

#endif
