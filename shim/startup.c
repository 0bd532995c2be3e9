/*
 * The shim's start: what must happen before main(), in this order.
 *
 * 1. Read the configuration: a bad value must stop the program before it
 *    does anything.  Disabled: every interposer passes its call on.
 * 2. Reserve the table of descriptors, so that those opened before the first
 *    thread are known too.  Else the interposers only pass calls on.
 * 3. Learn where a thread's number is: locks have it for their owner.
 * 4. Open the libc door, while there is one thread.
 * 5. Load libuv if the program can make threads; else the first thread does.
 * 6. Put the functions that are to be called aside into place.
 * 7. Say where a trapped system call goes: from the first thread on there can
 *    be some.
 * 8. Unless children are to be greened too, take the shim out of the
 *    environment that they inherit.
 */
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "interpose.h"
#include "libc_door.h"
#include "module.h"
#include "offload.h"
#include "startup.h"

#define EXIT_OURS 125

/* Remove our own name from LD_PRELOAD, leaving the others. */
static void forget_preload(void)
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
			if (strstr(item, "libgreenshim.so"))
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

/* What the report says of the libc door: a number, and why it is 0. */
static void note_door(void)
{
	static char text[128];
	const char *why = libc_door_reason();

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

/* If threads are to be expected.  Some programs change their root directory
 * before they make one, and there is no libuv then. */
static void load_libuv(void)
{
	const char *why;

	if (!LIBC(dl_iterate_phdr, "GLIBC_2.2.5")(makes_threads, NULL))
		return;
	why = uvloop_load();
	if (why) {
		rt_say("cannot load libuv: %s (install it)", why);
		raw_syscall(SYS_exit_group, EXIT_OURS);
	}
}

__attribute__((constructor(101))) static void startup(void)
{
	const char *follow = secure_getenv("GREENSHIM_FOLLOW");

	config_read();
	if (rt_config.disabled)
		return;
	fdtab_init();
	tcb_find_tid();
	libc_door_open();
	note_door();
	load_libuv();
	offload_start();
	raw_door_start();
	if (follow && !strcmp(follow, "0"))
		forget_preload();
	process_start();
	thread_end_start();
}
