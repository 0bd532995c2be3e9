/* log.h - a line to a person, on stderr, without stdio: usable anywhere. */
#ifndef GREEN_LOG_H
#define GREEN_LOG_H

/* Write "greenshim: " and the text, cut at 1,000 bytes, and a newline. */
void rt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, and end the process by SIGABRT. */
void rt_panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
