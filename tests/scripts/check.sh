#!/bin/sh
# Tests of greenrun --check with the library that was built: what it finds in
# programs made for the purpose, that it finds their libraries where the loader
# does, and that damaged files do it no harm.

# shellcheck disable=SC2016,SC2317 # $ORIGIN is the loader's; holds calls json

option=check
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
here=$PWD/tests/scripts
loader=$(readelf -p .interp /bin/sh | sed -n 's/.*  *\(\/[^ ]*\)$/\1/p')

# greenrun finds greencheck from where it is itself.
mkdir "$tmp/scripts" && cp scripts/greenrun "$tmp/scripts/" &&
	ln -s "$BUILD" "$tmp/build" || exit 1
greenrun=$tmp/scripts/greenrun
cd "$tmp" || exit 1

report()
{
	if [ "$3" = 1 ]; then
		echo "PASS scripts/check-$1"
	else
		printf 'FAIL scripts/check-%s: %s\n' "$1" \
			"$(printf '%s' "$2" | tr '\n' ' ')"
		failed=1
	fi
}

# holds NAME STATUS EXPRESSION COMMAND...: the report that this command writes
# is JSON, tells the exit status, and satisfies this expression of Python's. In
# it r is the report, m the module of a name, limits the kinds of its limits
# that are the program's own: an old kernel has more.
cat >holds.py <<'END2'
import json, sys
r = json.loads(open("out", encoding="utf-8").read())
m = {x["name"].rsplit("/", 1)[-1]: x for x in r["modules"]}
waits = {s["symbol"]: (s["door"], s["wait"])
         for x in r["modules"] for s in x["waits"]}
sites = [s for x in r["modules"] for s in x["system_calls"]["sites"]]
limits = {x["kind"] for x in r["limits"]} - {"feature"}
notes = {x["kind"] for x in r["notes"]}
texts = " ".join(x["text"] for x in r["limits"] + r["notes"])
names = ["greenable", "limits", "not-greenable"]
status = r["status"]
if names[status] != r["result"] or status == 0 and r["limits"]:
    sys.exit("result, status and limits disagree")
if sys.argv[1] != "any" and int(sys.argv[1]) != status and not (
        sys.argv[1] == "0" and status == 1 and not limits):
    sys.exit("status %d" % status)
if not eval("(" + sys.argv[2] + ")"):
    r.pop("features")
    sys.exit(json.dumps(r))
END2

holds()
{
	name=$1
	want=$2
	expression=$3
	shift 3
	"$@" >out 2>err </dev/null
	status=$?
	if said=$(python3 holds.py "$want" "$expression" 2>&1) &&
		grep -q "\"status\": $status,\$" out && ! [ -s err ]; then
		report "$name" '' 1
	else
		report "$name" "status $status; $said; $(cat err)" 0
	fi
}

# says NAME STATUS PATTERN COMMAND...: and all output matches.
says()
{
	name=$1
	want=$2
	pattern=$3
	shift 3
	output=$("$@" 2>&1 </dev/null)
	status=$?
	# shellcheck disable=SC2254 # a pattern is wanted
	case $status:$output in
	$want:$pattern) report "$name" '' 1 ;;
	*) report "$name" "status $status, wanted $want; $output" 0 ;;
	esac
}

json()
{
	"$greenrun" --check --json "$@"
}

# --- programs ----------------------------------------------------------------

cat >echo.c <<'END2'
/* A thread for each connection; what a small server calls. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void *serve(void *arg)
{
	char buf[64];
	struct stat st;
	ssize_t n;

	while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0 &&
	       write(*(int *)arg, buf, (size_t)n) > 0)
		;
	fgets(buf, sizeof(buf), stdin);
	stat("/", &st);
	fsync(open("/", O_RDONLY));
	return NULL;
}

int main(void)
{
	struct addrinfo *a;
	pthread_t id;
	int fd = accept(0, NULL, NULL);

	getaddrinfo("localhost", "80", NULL, &a);
	pthread_create(&id, NULL, serve, &fd);
	return pthread_join(id, NULL);
}
END2
cat >raw.c <<'END2'
#include <unistd.h>

long data(void)
{
	long r;

	/* Not calls: 0f 05, 0f 34 and cd 80 inside other instructions. */
	__asm__ volatile("mov $0x0080cd00, %%eax\n\t"
			 "movl $0x00050f00, %%ecx\n\t"
			 "add 0x00340f00(%%rsp,%%rcx), %%rcx\n\t"
			 "movabs $0x80cd050f050f340f, %0" : "=r"(r)
			 : : "rax", "rcx");
	return r;
}

int main(int argc, char **argv)
{
	char byte;
	long r;

	__asm__ volatile("mov $0, %%eax\n\tmov %1, %%rdi\n\tsyscall" : "=&a"(r)
			 : "r"(0L), "S"(&byte), "d"(1L)
			 : "rcx", "rdi", "r11", "memory");
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(20L), "b"(0L)
			 : "memory");
	__asm__ volatile("mov %1, %%eax\n\tsyscall" : "=&a"(r) : "r"(argc)
			 : "rcx", "r11", "memory");
	return argv[0][0] + (int)r;
}
END2
cat >waits.c <<'END2'
#include <utmpx.h>
#include <dlfcn.h>

int main(void)
{
	return !getutxent() + !dlopen("libm.so.6", RTLD_LAZY);
}
END2
cat >defines.c <<'END2'
#include <unistd.h>

ssize_t read(int fd, void *buf, size_t n)
{
	return fd + (buf != 0) + (ssize_t)n;
}

int main(void)
{
	return (int)read(0, 0, 0);
}
END2
cat >uses.c <<'END2'
int used(void);

int main(void)
{
	return used();
}
END2
# A library that would leave a trace of being run, as the programs do.
cat >used.c <<'END2'
#include <fcntl.h>

int deeper(void);

__attribute__((constructor)) static void trace(void)
{
	creat("it-ran", 0600);
}

int used(void)
{
	return deeper();
}
END2
printf 'int deeper(void)\n{\n\treturn 0;\n}\n' >deeper.c
mkdir a b c lib
cc -pthread -o echo echo.c 2>/dev/null && cc -O1 -o raw raw.c &&
	cc -o waits waits.c && cc -rdynamic -o defines defines.c &&
	cc -shared -fPIC -o lib/libdeeper.so deeper.c &&
	cc -shared -fPIC -o lib/libused.so used.c -Llib -ldeeper &&
	cc -shared -fPIC -o lib/libused-own.so used.c -Llib -ldeeper \
		-Wl,-soname,libused.so -Wl,--enable-new-dtags \
		-Wl,-rpath,/nonesuch &&
	cc -o uses uses.c -Llib -lused -Wl,-rpath-link,lib &&
	cc -o runpath uses.c -Llib -lused -Wl,-rpath-link,lib \
		-Wl,--enable-new-dtags -Wl,-rpath,'$ORIGIN/a:${ORIGIN}/b' &&
	cc -o rpath uses.c -Llib -lused -Wl,-rpath-link,lib \
		-Wl,--disable-new-dtags -Wl,-rpath,'$ORIGIN/a:${ORIGIN}/b' &&
	cc -static -o static uses.c used.c deeper.c
if ! [ -x static ] || ! [ -x "$BUILD/greencheck" ] || [ -z "$loader" ]; then
	echo 'FAIL scripts/check: cannot compile the programs'
	exit 1
fi

# --- what waits, and where ---------------------------------------------------

holds echo 0 'not limits and
	waits["accept"] == waits["read"] == waits["pthread_join"] ==
		("symbols", "event-loop") and
	waits["fsync"] == waits["open"] == ("symbols", "pool") and
	(waits["fgets"][0] == waits["getaddrinfo"][0] == "libc") and
	waits["stat"] == (None, "in-place") and "pthread_create" not in waits
	and r["libc_version"].startswith("2.") and r["machine"] == "x86-64" and
	"threads may be made by ./echo" in texts' json ./echo
holds waits 1 'limits == {"symbols"} and
	waits["getutxent"] == (None, "hand-off") and "loads-more" in notes and
	"nothing here makes threads" in texts and
	r["limits"][0]["module"] == "./waits"' json ./waits
holds definitions 1 'limits == {"definitions"} and
	"it defines read itself" in texts' json ./defines
holds system-calls 1 'limits == {"system-calls"} and
	[(s["number"], s["name"]) for s in sites] ==
		[(0, "read"), (None, None), (None, None)]' json ./raw
first=$(objdump -d raw | sed -n 's/^ *\([0-9a-f]*\):.*[[:space:]]syscall.*/\1/p' |
	head -n 1)
holds system-call-address 1 "sites[0]['address'] == 0x$first" json ./raw
says text-system-calls 1 "*./raw may contain 3, the first at 0x$first*read*" \
	"$greenrun" --check ./raw

holds raw 0 'r["raw"] and "system-calls" in notes and len(sites) == 3' \
	json --raw ./raw
# Real programs are as good as their own parts.
for program in python3 memcached curl openssl; do
	found=$(command -v "$program") || continue
	holds "real-$program" any 'limits <= {"symbols", "system-calls"} and
		len(r["modules"]) > 1 and not any(x["problem"]
		for x in r["modules"])' json "$found"
done

# --- libraries ---------------------------------------------------------------

# found NAME PROGRAM: its libraries are those that the loader finds.
found()
{
	"$loader" --list "$2" 2>/dev/null |
		sed -n 's/.* => \(\/.*\) (0x.*/\1/p' |
		grep -v -e /libc.so.6 -e /ld-linux | sort >expected
	holds "libraries-$1" any 'sorted(x["file"] for x in r["modules"][1:])
		== open("expected").read().split() != []' json "$2"
}

for program in curl git openssl memcached stunnel4 gdb; do
	file=$(PATH=$PATH:/usr/sbin command -v "$program") || continue
	[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] &&
		found "$program" "$file"
done

# Subdirectories for newer CPUs come before the directory itself.
for dir in h/glibc-hwcaps/x86-64-v2 h/glibc-hwcaps/x86-64-v3 \
	h/glibc-hwcaps/x86-64-v4 h; do
	mkdir -p $dir && cp lib/libused.so lib/libdeeper.so $dir/
done
LD_LIBRARY_PATH=h
export LD_LIBRARY_PATH
"$loader" --list ./uses | sed -n 's/.*libused.so => \(.*\) (0x.*/\1/p' >expected
holds newer-cpu 0 'm["libused.so"]["file"] == open("expected").read().strip()' \
	json ./uses
unset LD_LIBRARY_PATH

says_missing='limits == {"library"} and m["libused.so"]["file"] is None and
	m["libused.so"]["needed_by"] == '
holds library-missing 1 "$says_missing'./uses'" json ./uses
cp lib/libused.so a/ && cp lib/libdeeper.so b/
holds library-path 0 'm["libdeeper.so"]["file"] == "b/libdeeper.so"' \
	env LD_LIBRARY_PATH=a:b "$greenrun" --check --json ./uses
holds preloads 0 '"preload" in notes and m["libnone.so"]["problem"] and
	m["libdeeper.so"]["file"].endswith("/b/libdeeper.so")' \
	sh -c 'LD_PRELOAD=$2 "$1" --check --json ./echo 2>none' \
	sh "$greenrun" "libnone.so:$tmp/b/libdeeper.so"
# A DT_RPATH is for the libraries of libraries as well, a DT_RUNPATH is not.
holds rpath 0 'm["libused.so"]["file"].endswith("/a/libused.so") and
	m["libdeeper.so"]["file"].endswith("/b/libdeeper.so")' json ./rpath
holds runpath 1 'm["libused.so"]["file"].endswith("/a/libused.so") and
	m["libdeeper.so"]["problem"] == "not found"' json ./runpath
cp lib/libused-own.so a/libused.so
holds rpath-hidden 1 'm["libdeeper.so"]["problem"] == "not found"' json ./rpath
# A file for another CPU is passed over, one that is none is not taken.
cp lib/libused.so a/
printf '\363\0' | dd of=a/libused.so bs=1 seek=18 conv=notrunc 2>/dev/null
cp lib/libused.so b/
holds other-cpu-library 0 'm["libused.so"]["file"].endswith("/b/libused.so")' \
	json ./rpath
rm b/libused.so
holds only-other-cpu 1 'm["libused.so"]["problem"] == "for another CPU"' \
	json ./rpath
rm a/libused.so && mkfifo a/libused.so
holds library-fifo 1 'm["libused.so"]["problem"] == "not a file"' json ./rpath
rm a/libused.so && head -c 100 lib/libused.so >a/libused.so
holds library-cut 1 'm["libused.so"]["problem"]' json ./rpath
if [ -e it-ran ]; then
	report runs-nothing 'a library of the program was run' 0
else
	report runs-nothing '' 1
fi

# --- what cannot be greened --------------------------------------------------

holds static 2 'r["modules"] == [] and "static" in r["reason"]' json ./static
cp echo setuid && chmod u+s setuid
holds setuid 2 'r["privileges"] == "setuid" and "setuid" in r["reason"]' \
	json ./setuid
if cp echo capable && setcap cap_net_raw+ep capable 2>/dev/null; then
	holds capabilities 2 'r["privileges"] == "capabilities"' json ./capable
fi
printf 'int f(void);\nint g(void)\n{\n\treturn f();\n}\n' >g.c
printf 'int f(void)\n{\n\treturn 0;\n}\n' >f.c
cc -shared -fPIC -o libf.so f.c && cc -shared -fPIC -o libg.so g.c -L. -lf
holds library-of-ours 2 '"libf.so, which greenshim needs" in r["reason"]' \
	env "GREENSHIM_LIBRARY=$tmp/libg.so" "$greenrun" --check --json ./echo
# A libc of the program's own, older than any that has threads in it.
printf 'GLIBC_2.2.5 { *; };\n' >old.map
printf 'int __libc_start_main(void)\n{\n\treturn 0;\n}\n' >old.c
cc -shared -fPIC -nostdlib -Wl,-soname,libc.so.6 \
	-Wl,--version-script,old.map -o c/libc.so.6 old.c
cc -pthread -o old echo.c -Wl,-rpath,"$tmp/c" 2>/dev/null
holds old-libc 2 '"older than the glibc" in r["reason"] and
	r["libc_version"] == "2.2"' json ./old

# --- scripts and names -------------------------------------------------------

printf '#!%s/echo  one two\n' "$tmp" >script
printf '#!%s/script\n' "$tmp" >script-script
printf '#!%s/static\n' "$tmp" >script-static
printf '#!/usr/bin/env -i sh\n' >script-clear
chmod +x script*
holds script 0 'len(r["scripts"]) == 2 and
	r["scripts"][0].startswith("./script-script, run by ") and
	r["scripts"][1].endswith("/script, run by " + r["file"] + " one two")
	and r["file"].endswith("/echo") and r["program"] == "./script-script"' \
	json ./script-script
holds script-refused 2 'r["file"].endswith("/static") and
	r["scripts"] != []' json ./script-static
holds script-no-file 2 'r["file"] is None and r["privileges"] is None and
	"environment" in r["reason"]' json ./script-clear
odd=$(printf './a "b"\\ \t\n\001 \303\244 \360\237\220\237 \377 \300\200 $(x)')
cp echo "$odd"
holds odd-name 0 'r["program"] == "./a \"b\"\\ \t\n\x01 \xe4 \U0001f41f " +
	"\ufffd \ufffd\ufffd $(x)"' json "$odd"
says odd-name-text 0 '*program *./a "b"\\ \\x09\\x0a\\x01 *can be greened' \
	"$greenrun" --check "$odd"

# --- the machine -------------------------------------------------------------

holds features any '[f["name"] for f in r["features"]] == ["fsgsbase",
	"guard-pages", "pipe-nowait", "pidfd", "syscall-user-dispatch",
	"io-uring", "libc-door", "preload", "self-read", "debugger"] and
	all(f["use"] for f in r["features"])' json ./echo
# An old kernel, or a strict one: what it does not know or allow is refused.
cat >strict.c <<'END2'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW	      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)
/* If this is the call, and its argument is this, refuse it. */
#define CALL(nr, field, value, error)                                          \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 4), LOAD(field),          \
		UNLESS(value), REFUSE(error), ALLOW

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		LOAD(nr),
		CALL(SYS_madvise, args[2], 102, EINVAL),
		CALL(SYS_prctl, args[0], 59, EINVAL),
		CALL(SYS_mprotect, args[2], 7, EACCES),
		UNLESS(SYS_preadv2),
		REFUSE(EOPNOTSUPP),
		UNLESS(434), /* pidfd_open */
		REFUSE(ENOSYS),
		UNLESS(425), /* io_uring_setup */
		REFUSE(EPERM),
		UNLESS(SYS_process_vm_readv),
		REFUSE(EPERM),
		ALLOW,
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) || argc < 2)
		return 99;
	execv(argv[1], argv + 1);
	return 98;
}
END2
cc -o strict strict.c
holds strict 1 '{f["name"] for f in r["features"] if f["found"]} <= {"fsgsbase",
	"preload", "debugger"} and
	sum(x["kind"] == "feature" for x in r["limits"]) >= 4 and
	"mappings" in notes and waits["accept"] == ("symbols", "event-loop") and
	waits["fgets"] == (None, "hand-off")' \
	./strict "$greenrun" --check --json ./echo
holds raw-without-dispatch 2 '"--raw needs" in r["reason"]' \
	./strict "$greenrun" --check --json --raw ./echo
says text-strict 1 '*shut libc door *fgets*guard pages *no *mprotect*' \
	./strict "$greenrun" --check ./echo

holds few-descriptors 1 '"descriptors" in limits and
	r["ceilings"]["descriptors"] == 12' \
	sh -c 'ulimit -n 12 && "$1" --check --json ./echo' sh "$greenrun"
holds address-space any '"address-space" in notes and
	r["ceilings"]["address_space"] == 1 << 30 and
	r["ceilings"]["stack"] == 65536' \
	sh -c 'ulimit -v 1048576 && "$1" --stack 64K --check --json ./echo' \
	sh "$greenrun"

# The text: nothing wider than a terminal, and the result at the end.
"$greenrun" --check python3 >out 2>&1
if awk 'length > 80 && NF > 2 { exit 1 }' out &&
	tail -n 1 out | grep -q '^result  *can be greened'; then
	report text '' 1
else
	report text "$(awk 'length > 80' out; tail -n 1 out)" 0
fi
says json-alone 125 'greenrun: --json requires --check' "$greenrun" --json ./echo
says full-disk 125 'greenrun: cannot write the report: *' \
	sh -c '"$1" --check ./echo >/dev/full' sh "$greenrun"

# --- damaged files -----------------------------------------------------------

"$here/damage.py" "$BUILD/greencheck" "$GREENSHIM_LIBRARY" uses lib/libused.so \
	>out 2>&1
status=$?
report damaged "$(cat out)" $((status == 0))

exit $failed
