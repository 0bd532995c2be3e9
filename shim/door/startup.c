/*
 * startup.c - the start of the shim.  Twelve steps before main(), in this
 * order; until the first thread is created the interposers only pass calls on:
 *
 *  1. config_read: a bad value has to stop the program before it does anything.
 *     With GREENSHIM_DISABLE the constructor stops here.  others_name follows
 *     with what a person should know.
 *  2. fdtab_init: reserve the descriptor table, so that descriptors opened
 *     before the first thread are in it.
 *  3. tcb_find_tid: locks store the tid of their owner, and the program may
 *     lock before it creates a thread.
 *  4. fit_objects: measure what is libc's in condition variables and so on.
 *  5. libc_door_open: write the jumps while the process has one thread.
 *  6. note_door: tell the report how far the libc door could be opened.
 *  7. expect_threads: if the program can create threads, load libuv and look
 *     for seccomp filters; else its first thread does.
 *  8. offload_start: write the closures before any constructor of the program
 *     calls the functions.
 *  9. raw_door_start: set the target of trapped system calls, which there can
 *     be from the first thread on.
 * 10. forget_preload: with GREENSHIM_FOLLOW=0, remove the shim from the
 *     environment that children inherit; and a sanitizer's runtime.
 * 11. process_start: register the fork handler before the program registers
 *     any.
 * 12. thread_end_start: run key destructors when a fiber exits.
 */
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "interpose.h"
#include "door/libc_door.h"
#include "door/linker_door.h"
#include "door/module.h"
#include "door/offload.h"
#include "door/others.h"
#include "door/startup.h"
#include "objects.h"

#define EXIT_OURS 125

/* Remove a library from LD_PRELOAD and keep the others. */
static void forget_preload(const char *library)
{
	const char *old = getenv("LD_PRELOAD");
	char *copy, *out, *item, *save = NULL;

	if (!old)
		return;
	copy = strdup(old);
	out = calloc(1, strlen(old) + 1);
	if (copy && out) {
		for (item = strtok_r(copy, ": ", &save); item;
		     item = strtok_r(NULL, ": ", &save)) {
			if (strstr(item, library))
				continue;
			if (*out)
				strcat(out, ":");
			strcat(out, item);
		}
		if (*out)
			setenv("LD_PRELOAD", out, 1);
		else
			unsetenv("LD_PRELOAD");
	}
	free(copy);
	free(out);
}

/* greenrun preloads the sanitizer's runtime for this program alone: in others,
 * such as a shell, it would find leaks. */
static void forget_runtime(void)
{
	const char *runtime = secure_getenv("GREENSHIM_RUNTIME");

	if (!runtime || !*runtime)
		return;
	forget_preload(runtime);
	unsetenv("GREENSHIM_RUNTIME");
}

/* The line of the report about the libc door: the number of jumps, and what
 * stayed shut.  A dynamic linker that the shim does not know is reported at
 * once. */
static void note_door(void)
{
	static char text[128];
	const char *why = libc_door_reason();

	if (!why && !linker_door_is_open()) {
		why = "the dynamic linker's door stayed shut";
		rt_say("this dynamic linker's locks were not found; a thread "
		       "that waits for dlopen() blocks its kernel thread");
	}
	snprintf(text, sizeof(text), why ? "%d (%s)" : "%d", libc_door_count(),
		 why);
	rt_config.stats_door = text;
}

static int makes_threads(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct module m;

	(void)size;
	(void)arg;
	return module_read(&m, info) && (module_imports(&m, "pthread_create") ||
					 module_imports(&m, "thrd_create"));
}

/* What the first thread needs, if the program is to have threads: it may change
 * its root directory before it creates one, and libuv and /proc are not there
 * then. */
static void expect_threads(void)
{
	const char *why;

	if (!LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(makes_threads, NULL))
		return;
	filters_inherited();
	why = uvloop_load();
	if (why) {
		rt_say("cannot load libuv: %s (install it)", why);
		raw_syscall(SYS_exit_group, EXIT_OURS);
	}
}

/* What the shim's objects share with libc's is measured.  With a libc that has
 * them otherwise, the program runs natively. */
static void fit_objects(void)
{
	const char *misfit = !cond_measure()   ? "pthread_cond_t"
			     : !mutex_fits()   ? "pthread_mutex_t"
			     : !rwlock_fits()  ? "pthread_rwlock_t"
			     : !sem_fits()     ? "sem_t"
			     : !barrier_fits() ? "pthread_barrier_t"
					       : NULL;

	if (!misfit)
		return;
	rt_say("this libc has another %s than any that greenshim knows; "
	       "running natively (see greenshim(7), LIMITATIONS)",
	       misfit);
	start_forbid();
}

static void start(void)
{
	config_read();
	if (rt_config.disabled)
		return;
	if (rt_config.stats)
		stats_init();
	others_name();
	fdtab_init();
	tcb_find_tid();
	fit_objects();
	libc_door_open();
	note_door();
	expect_threads();
	offload_start();
	raw_door_start();
	if (!rt_config.follow)
		forget_preload("libgreenshim.so");
	forget_runtime();
	process_start();
	thread_end_start();
}

void shim_start(void)
{
	static bool done; /* there is one thread */
	int saved = errno;

	if (done)
		return;
	done = true;
	start();
	errno = saved;
}

__attribute__((constructor(101))) static void startup(void)
{
	shim_start();
}
