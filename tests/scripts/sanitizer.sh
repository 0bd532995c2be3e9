#!/bin/sh
# Tests of greenrun with programs that gcc's sanitizers watch.

option=sanitizer
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/program.c" <<'END2'
/* Threads that wait at exit, with memory to which only their stacks and TLS
 * lead; and what the argument says: a write behind an allocation, an allocation
 * that is lost, a child. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static __thread char *volatile local;
static pthread_barrier_t ready;

static void *waits(void *unused)
{
	char *volatile mine = malloc(1000);

	local = malloc(2000);
	pthread_barrier_wait(&ready);
	pause();
	free(mine);
	free(local);
	return unused;
}

static void *overflow(void *unused)
{
	volatile char *p = malloc(10);

	p[10] = 1;
	free((void *)p);
	return unused;
}

static void *lose(void *unused)
{
	char *volatile p = malloc(777);

	p = NULL;
	return p ? p : unused;
}

int main(int argc, char **argv)
{
	pthread_t t;
	int i;

	pthread_barrier_init(&ready, NULL, 11);
	for (i = 0; i < 10; i++)
		if (pthread_create(&t, NULL, waits, NULL))
			return 2;
	pthread_barrier_wait(&ready);
	if (argc > 1 && !strcmp(argv[1], "child"))
		return system("echo \"child: $LD_PRELOAD\"");
	if (argc > 1 && (pthread_create(&t, NULL,
					*argv[1] == 'o' ? overflow : lose,
					NULL) ||
			 pthread_join(t, NULL)))
		return 2;
	puts("done");
	return 0;
}
END2
for kind in address leak thread; do
	cc -g -D_GNU_SOURCE -fsanitize=$kind -pthread -o "$tmp/$kind" \
		"$tmp/program.c" || exit 1
done
cd "$tmp" || exit 1

for hubs in 1 2; do
	for kind in address leak; do
		check "$kind-$hubs" 0 'done' "$greenrun" --hubs $hubs ./$kind
		check "$kind-lost-$hubs" '[1-9]*' '*leak of 777 byte*in lose *' \
			"$greenrun" --hubs $hubs ./$kind lost
	done
	check "overflow-$hubs" '[1-9]*' \
		'*heap-buffer-overflow*WRITE of size 1*#0 * in overflow *program.c:*allocated by thread *' \
		"$greenrun" --hubs $hubs ./address overflow
done
check child 0 "child: $GREENSHIM_LIBRARY" "$greenrun" ./address child
# shellcheck disable=SC2016 # the other shell expands
check preloaded-already 0 'done' \
	sh -c 'LD_PRELOAD=$1 exec "$2" -- ./address' sh \
	"$(cc -print-file-name=libasan.so)" "$greenrun"
check thread 125 'greenrun: *ThreadSanitizer*(*natively)' "$greenrun" ./thread
check report-thread 2 '*cannot be greened: *ThreadSanitizer*' \
	"$greenrun" --check ./thread
check report-address '[01]' '*greenrun preloads libasan.so*' \
	"$greenrun" --check ./address

exit $failed
