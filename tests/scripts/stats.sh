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

# A FIFO that nobody reads, or that is full, does not hold up the exit.
mkfifo "$tmp/fifo" || exit 1
for thread in '' thread; do
	check "fifo-unread-${thread:-alone}" 0 \
		"greenshim: cannot write statistics to $tmp/fifo: nobody*(*)" \
		timeout 60 "$greenrun" --stats="$tmp/fifo" "$tmp/titled" $thread
done

# shellcheck disable=SC2317 # called by check
read_fifo()
{
	# Both ends, so that there is a reader whenever the program ends.
	exec 3<>"$tmp/fifo"
	timeout 60 "$greenrun" --stats="$tmp/fifo" "$@" 3>&- || return
	timeout 60 dd bs=4096 count=1 status=none <&3
	exec 3>&-
}

check fifo-read 0 'greenshim: process * (titled)*' read_fifo "$tmp/titled"

# shellcheck disable=SC2317 # called by check
fill_fifo()
{
	exec 3<>"$tmp/fifo"
	dd if=/dev/zero of="$tmp/fifo" oflag=nonblock bs=4096 count=1000 \
		2>/dev/null
	timeout 60 "$greenrun" --stats="$tmp/fifo" "$@" 3>&-
	status=$?
	exec 3>&-
	return "$status"
}

check fifo-full 0 "greenshim: cannot write statistics to $tmp/fifo: *full (*)" \
	fill_fifo "$tmp/titled"

exit $failed
