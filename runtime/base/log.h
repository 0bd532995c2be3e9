/*
 * log.h - messages to the user, on stderr.
 *
 * A message reads `what: why (what to do)`.  No function here takes a lock or
 * uses stdio's streams: both are usable in every context, also in signal
 * handlers.
 */
#ifndef GREEN_LOG_H
#define GREEN_LOG_H

/* Write "greenshim: ", the text of printf(3)'s format, and a newline; the line
 * is cut at 1,023 bytes. */
void rt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* rt_say(), then end the process by SIGABRT, without running libc's abort(). */
void rt_panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
