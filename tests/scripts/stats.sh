#!/bin/sh
# Tests of --stats with the library that was built: where the report goes.

option=stats
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/titled.c" <<'END'
/* Write a long title over arguments and environment, as servers do for ps,
 * once there is another thread or without one. */
#include <pthread.h>
#include <string.h>

static void *nothing(void *arg)
{
	return arg;
}

int main(int argc, char **argv, char **envp)
{
	char *end = argv[0];
	pthread_t thread;
	int i;

	for (i = 0; i < argc; i++)
		end = argv[i] + strlen(argv[i]);
	for (i = 0; envp[i]; i++)
		end = envp[i] + strlen(envp[i]);
	if (argc > 1 && (pthread_create(&thread, 0, nothing, 0) != 0 ||
			 pthread_join(thread, 0) != 0))
		return 2;
	memset(argv[0], 'x', (size_t)(end - argv[0]));
	return 0;
}
END
cc -o "$tmp/titled" "$tmp/titled.c" -lpthread || exit 1

# The file's contents are what is checked.
# shellcheck disable=SC2317 # called by check
filed()
{
	"$greenrun" --stats="$tmp/out.%p" "$@" || return
	cat "$tmp"/out.*
	rm -f "$tmp"/out.*
}

for thread in '' thread; do
	check "titled-${thread:-alone}" 0 'greenshim: process * (titled)*' \
		"$greenrun" --stats "$tmp/titled" $thread
	check "titled-file-${thread:-alone}" 0 \
		'greenshim: process * (titled)*' filed "$tmp/titled" $thread
done
check path-too-long 125 '*GREENSHIM_STATS*too long*' \
	env GREENSHIM_STATS="/$(printf '%05000d' 0)" \
	LD_PRELOAD="$GREENSHIM_LIBRARY" "$tmp/titled"

exit $failed
