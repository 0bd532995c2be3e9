#!/bin/sh
# Tests of greenrun beside other libraries that interpose: they are called as
# they are natively, or greenshim names what it cuts off. A library that refuses
# connections stands for torsocks and its like.

option=preload
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/client.c" <<'END2'
/* Connect to a thread of our own. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

static void *serve(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);

	if (fd >= 0 && write(fd, "direct", 7) != 7)
		return arg;
	return NULL;
}

int main(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	socklen_t size = sizeof(a);
	char text[8];
	pthread_t t;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&a, size) || listen(listener, 5) ||
	    getsockname(listener, (void *)&a, &size) ||
	    pthread_create(&t, NULL, serve, &listener))
		return 2;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (void *)&a, size)) {
		printf("connect: %s\n", strerrorname_np(errno));
		return 1;
	}
	if (read(fd, text, 7) != 7)
		return 3;
	puts(text);
	return 0;
}
END2
cat >"$tmp/refuse.c" <<'END2'
/* As torsocks without tor. */
#include <errno.h>
#include <sys/socket.h>

int connect(int fd, const struct sockaddr *a, socklen_t size)
{
	errno = EHOSTUNREACH;
	return fd + !a + (int)size < 0 ? 0 : -1;
}
END2
cat >"$tmp/watch.c" <<'END2'
/* As a library that watches, and calls the next of that name. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int reads;

ssize_t read(int fd, void *buf, size_t n)
{
	ssize_t (*next)(int, void *, size_t) =
		(ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");

	reads++;
	return next(fd, buf, n);
}

__attribute__((destructor)) static void tell(void)
{
	if (reads && write(1, "watched\n", 8) != 8)
		abort();
}
END2
cat >"$tmp/allocator.c" <<'END2'
/* As an allocator that hooks mmap. */
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);

void *malloc(size_t size)
{
	return __libc_malloc(size);
}

void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, size, prot, flags, fd, offset);
}
END2
# A wrapper that appends its library, and one that puts it first.
cat >"$tmp/append" <<'END2'
#!/bin/sh
LD_PRELOAD=${LD_PRELOAD:+$LD_PRELOAD:}$1
export LD_PRELOAD
shift
exec "$@"
END2
cat >"$tmp/prepend" <<'END2'
#!/bin/sh
LD_PRELOAD=$1${LD_PRELOAD:+ $LD_PRELOAD}
export LD_PRELOAD
shift
exec "$@"
END2
cat >"$tmp/spawner.c" <<'END2'
/* Spawn the program with a library appended to LD_PRELOAD, each way. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	const char *old = getenv("LD_PRELOAD");
	char variable[4096];
	char *envp[] = { "A=b", variable, NULL };
	int how, status;
	pid_t pid;

	if (argc != 3)
		return 2;
	snprintf(variable, sizeof(variable), "LD_PRELOAD=%s%s%s",
		 old ? old : "", old ? ":" : "", argv[1]);
	for (how = 0; how < 4; how++) {
		fflush(stdout);
		if (how == 3) {
			if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2,
					envp))
				return 3;
		} else if ((pid = fork()) == 0) {
			if (how == 0)
				execve(argv[2], argv + 2, envp);
			if (how == 1)
				execvpe(argv[2], argv + 2, envp);
			if (how == 2)
				execle(argv[2], argv[2], NULL, envp);
			_exit(9);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return 4;
		printf("%d\n", WEXITSTATUS(status));
	}
	return 0;
}
END2
cc -D_GNU_SOURCE -pthread -o "$tmp/client" "$tmp/client.c" &&
	cc -D_GNU_SOURCE -o "$tmp/spawner" "$tmp/spawner.c" &&
	for library in refuse watch allocator; do
		cc -D_GNU_SOURCE -shared -fPIC -Wl,--no-as-needed \
			-o "$tmp/lib$library.so" "$tmp/$library.c" || exit
	done && for library in refuse allocator; do
	cc -D_GNU_SOURCE -pthread -Wl,--no-as-needed \
		-o "$tmp/with-$library" "$tmp/client.c" \
		"$tmp/lib$library.so" || exit
done || exit 1
chmod +x "$tmp/append" "$tmp/prepend"
cd "$tmp" || exit 1
refuse=$tmp/librefuse.so
unreachable='connect: EHOSTUNREACH'

check native 1 "$unreachable" env LD_PRELOAD="$refuse" ./client
check connects 0 direct "$greenrun" ./client
check set-before 1 "$unreachable" env LD_PRELOAD="$refuse" "$greenrun" ./client
check wrapped 1 "$unreachable" ./append "$refuse" "$greenrun" ./client
check appended 1 "$unreachable" "$greenrun" ./append "$refuse" ./client
check prepended 1 "$unreachable" "$greenrun" ./prepend "$refuse" ./client
check spawned 0 "$unreachable
1
$unreachable
1
$unreachable
1
$unreachable
1" "$greenrun" ./spawner "$refuse" ./client
check watches 0 'watched
direct' env LD_PRELOAD="$tmp/libwatch.so" "$greenrun" ./client
check allocator 0 direct env LD_PRELOAD="$tmp/liballocator.so" \
	"$greenrun" ./client
check allocator-behind 0 direct \
	env LD_PRELOAD="$GREENSHIM_LIBRARY:$tmp/liballocator.so" ./client
check allocator-linked 0 direct "$greenrun" ./with-allocator

# Where greenshim stands in front, it says whom it cuts off.
check behind 0 'greenshim: librefuse.so: * its connect, which is not called *
direct' env LD_PRELOAD="$GREENSHIM_LIBRARY:$refuse" ./client
check linked 0 'greenshim: librefuse.so: * its connect, *put it first: *
direct' "$greenrun" ./with-refuse
check linked-first 1 "$unreachable" \
	env LD_PRELOAD="$refuse" "$greenrun" ./with-refuse
check report-linked 1 '*librefuse.so: it defines connect, and greenshim stands*LD_PRELOAD=*' \
	"$greenrun" --check ./with-refuse
check report-preloaded '[01]' '*librefuse.so: preloaded, and defines connect;*' \
	env LD_PRELOAD="$refuse" "$greenrun" --check ./client
check report-allocator '[01]' '*result *can be greened*' \
	"$greenrun" --check ./with-allocator

exit $failed
