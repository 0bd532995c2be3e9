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

# A server that root starts loses the right to open the file.
if [ "$(id -u)" = 0 ]; then
	cat >"$tmp/drops.c" <<'END'
/* Give up root's rights, then make a thread, which counts. */
#include <pthread.h>
#include <unistd.h>

static void *nothing(void *arg)
{
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if ((argc > 1 && chroot(argv[1]) != 0) || chdir("/") != 0 ||
	    setgid(65534) != 0 || setuid(65534) != 0 ||
	    pthread_create(&thread, 0, nothing, 0) != 0 ||
	    pthread_join(thread, 0) != 0)
		return 2;
	return 0;
}
END
	cc -o "$tmp/drops" "$tmp/drops.c" -lpthread || exit 1
	mkdir -m 700 "$tmp/private" "$tmp/empty" || exit 1
	# shellcheck disable=SC2317 # called by check
	kept()
	{
		out=$1
		shift
		"$greenrun" --stats="$tmp/private/$out" "$tmp/drops" "$@" ||
			return
		cat "$tmp/private"/out*
		rm -f "$tmp/private"/out*
	}
	check drops-root 0 'greenshim: process * (drops)*fibers-made *' kept out
	check drops-root-pid 0 'greenshim: process * (drops)*' kept out.%p
	check changes-root 0 'greenshim: process * (drops)*' \
		kept out "$tmp/empty"
fi

# A relative name means the directory in which the program starts.
# shellcheck disable=SC2317 # called by check
relative()
{
	(cd "$tmp" && env GREENSHIM_STATS=out.relative \
		LD_PRELOAD="$GREENSHIM_LIBRARY" "$tmp/elsewhere") &&
		cat "$tmp/out.relative"
	rm -f "$tmp/out.relative"
}
printf 'int chdir(const char *);\nint main(void) { return chdir("/"); }\n' \
	>"$tmp/elsewhere.c" && cc -o "$tmp/elsewhere" "$tmp/elsewhere.c" ||
	exit 1
check relative 0 'greenshim: process * (elsewhere) never *' relative

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
