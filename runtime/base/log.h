/*
 * log.h - messages to the user, on stderr.
 *
 * A message reads `what: why (what to do)`.  No function here takes a lock or
 * uses stdio's streams: both are usable in every context, also in signal
 * handlers.
 *
 * Nothing is written to a pipe, a socket or a terminal that has no room: the
 * caller waits for room for a while, then the text is lost.  The monitor, which
 * must not wait, keeps the text and writes it at its next ticks.
 */
#ifndef GREEN_LOG_H
#define GREEN_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Write "greenshim: ", the text of printf(3)'s format, and a newline; the line
 * is cut at 1,023 bytes. */
void rt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* rt_say(), then end the process by SIGABRT, without running libc's abort(). */
void rt_panic(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Write n bytes to fd.  0: written, or kept for the monitor's ticks; -errno:
 * the rest is lost, and -EAGAIN means that there was no room. */
int log_write(int fd, const char *text, size_t n);

/* A seccomp filter may kill whoever asks for room: from here on write and wait. */
void log_plainly(void);

/* The calling thread is the monitor. */
void log_on_monitor(void);

/* The monitor, at every tick: write what it has kept.  True: some is left. */
bool log_tick(void);

/* In the child of a fork: forget what the parent's monitor has kept. */
void log_fork_child(void);

#endif
