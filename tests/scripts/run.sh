#!/bin/sh
# Tests of the scripts: what greenrun says and does, the installation, and that
# the tools which everything else relies on fail when they should.
#
# greenrun is tried with a library that does nothing, installed beside a copy of
# it, so that these tests tell about greenrun alone.

# shellcheck disable=SC2016,SC2317 # other shells expand; check calls functions

set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
BUILD=${BUILD:-build}
# As make all names it, or make would not know its dependencies again.
BUILD=${BUILD#"$PWD"/}
case $BUILD in
/*) built=$BUILD ;;
*) built=$top/$BUILD ;;
esac
unset LD_PRELOAD
for variable in $(env | sed -n 's/^\(GREENSHIM_[A-Z_]*\)=.*/\1/p'); do
	unset "$variable"
done

tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT
failed=0

pass()
{
	echo "PASS scripts/$1"
}

# Reasons are one line, whatever they quote.
fail()
{
	printf 'FAIL scripts/%s: %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
	failed=1
}

# check NAME STATUS PATTERN COMMAND...: the command ends with this status, and
# its output, stderr included, matches this pattern of the shell.
check()
{
	name=$1
	want=$2
	pattern=$3
	shift 3
	output=$("$@" 2>&1 </dev/null)
	status=$?
	# shellcheck disable=SC2254 # a pattern is wanted
	case $output in
	$pattern) matches=1 ;;
	*) matches=0 ;;
	esac
	# shellcheck disable=SC2254 # so it is here
	case $status in
	$want) ;;
	*) matches=0 ;;
	esac
	if [ $matches = 1 ]; then
		pass "$name"
	else
		fail "$name" "status $status, wanted $want; output: $output; wanted: $pattern"
	fi
}

# Like check, for messages of greenrun itself: one line on stderr, none on
# stdout.
complains()
{
	name=$1
	want=$2
	pattern=$3
	shift 3
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	output=$(cat "$tmp/err")
	# shellcheck disable=SC2254 # a pattern is wanted
	case $output in
	$pattern) matches=1 ;;
	*) matches=0 ;;
	esac
	if [ $status = "$want" ] && [ $matches = 1 ] && ! [ -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" = 1 ]; then
		pass "$name"
	else
		fail "$name" "status $status, wanted $want; said: $output; wanted one line: $pattern"
	fi
}

# --- what is tried -----------------------------------------------------------

mkdir -p "$tmp/prefix/bin" "$tmp/prefix/lib/greenshim" "$tmp/tree/scripts" \
	"$tmp/tree/build" "$tmp/programs"
cp scripts/greenrun "$tmp/prefix/bin/"
cp scripts/greenrun "$tmp/tree/scripts/"
ln -s "$tmp/prefix/bin/greenrun" "$tmp/linked"
: >"$tmp/empty.c"
library=$tmp/prefix/lib/greenshim/libgreenshim.so
cc -shared -fPIC -o "$library" "$tmp/empty.c" &&
	cp "$library" "$BUILD/greencheck" "$tmp/tree/build/" &&
	cp "$BUILD/greencheck" "$tmp/prefix/lib/greenshim/"
if ! [ -e "$tmp/tree/build/libgreenshim.so" ]; then
	fail setup 'cannot compile a library'
	exit 1
fi
greenrun=$tmp/prefix/bin/greenrun

cd "$tmp/programs" || exit 1
cat >show.c <<'END'
/* Print what greenrun hands over. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *names[] = {
	"LD_PRELOAD", "GREENSHIM_HUBS", "GREENSHIM_STACK", "GREENSHIM_STATS",
	"GREENSHIM_FOLLOW", "GREENSHIM_OFFLOAD", "GREENSHIM_RAW",
	"GREENSHIM_DUMP_SIGNAL",
};

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("arg=%s\n", argv[i]);
	printf("pid=%d\n", (int)getpid());
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getenv(names[i]))
			printf("%s=%s\n", names[i], getenv(names[i]));
	return 3;
}
END
cc -o show show.c && cc -static -o static show.c &&
	cc -static-pie -o static-pie show.c &&
	cc -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 -o musl show.c &&
	cc -Wl,--dynamic-linker=/lib/ld-linux-none.so.9 -o no-loader show.c &&
	cc -c -o object show.c && chmod +x object
if ! [ -x object ]; then
	fail setup 'cannot compile the programs'
	exit 1
fi
# The ELF machine is the half word at 18; 183 is aarch64, 243 riscv64.
cp show foreign && printf '\363\0' | dd of=foreign bs=1 seek=18 conv=notrunc \
	2>/dev/null
cp show big-endian && printf '\2' | dd of=big-endian bs=1 seek=5 \
	conv=notrunc 2>/dev/null
cp show setuid && chmod u+s setuid
cp show setgid && chmod g+s setgid
head -c 100 show >./cut && chmod +x ./cut
printf '\0\1\2\3' >binary && chmod +x binary
cp show not-executable && chmod -x not-executable
cp show 'a name with
a line break'
cp show ./-x
printf '#!%s/show\n' "$PWD" >script
printf '#! \t%s/show  one two \n' "$PWD" >script-argument
printf '#!/usr/bin/env -S show -u\n' >script-env
printf '#!/usr/bin/env show\n' >script-env-plain
printf '#!/usr/bin/env -i show\n' >script-env-clear
printf '#!%s/script\n' "$PWD" >script-script
printf '#!%s/static\n' "$PWD" >script-static
printf '#!%s/loop\n' "$PWD" >loop
printf '#!/no/such/interpreter\n' >script-none
printf 'echo "preload=$LD_PRELOAD"\nexit 4\n' >script-bare
chmod +x script* loop
mkdir ./-d
cp show ./-d/x && cp show ./-d/-x && cp static script script-bare ./-d/
printf '#!/usr/bin/env x\n' >./-d/script-env && chmod +x ./-d/script-env
printf '#!/usr/bin/env -S -u HOME A=b show\n' >script-env-options
printf '#!/usr/bin/env -S\n' >script-env-none
printf '#!/usr/bin/env nonesuch\n' >script-env-missing
: >empty
mkfifo fifo
chmod +x script-env-* empty fifo
PATH=$PATH:$PWD

# --- options -----------------------------------------------------------------

check runs 3 "arg=./show
arg=a b
arg=
pid=*
LD_PRELOAD=$library" "$greenrun" ./show 'a b' ''
check from-the-build-tree 3 "*LD_PRELOAD=$tmp/tree/build/libgreenshim.so*" \
	"$tmp/tree/scripts/greenrun" ./show
check through-a-link 3 "*LD_PRELOAD=$library*" "$tmp/linked" ./show
check from-path 3 "*LD_PRELOAD=$library*" \
	env "PATH=$tmp/prefix/bin:$PATH" greenrun show
for directory in bin/ ./bin/ ../prefix/bin/ bin//; do
	check "from-$directory" 3 "*LD_PRELOAD=$library*" \
		sh -c 'cd "$1" && "$2" "$3"' sh "$tmp/prefix" \
		"${directory}greenrun" "$PWD/show"
done
check from-here 3 "*LD_PRELOAD=$library*" \
	sh -c 'cd "$1" && ./greenrun "$2"' sh "$tmp/prefix/bin" "$PWD/show"
check from-sh 3 "*LD_PRELOAD=$library*" \
	sh -c 'cd "$1" && sh greenrun "$2"' sh "$tmp/prefix/bin" "$PWD/show"
check keeps-argv0 3 'arg=show
*' "$greenrun" show
check keeps-preloads 3 "*LD_PRELOAD=libm.so.6:$library
*" env LD_PRELOAD=libm.so.6 GREENSHIM_HUBS=1 "$greenrun" ./show
check preloads-last 3 "*LD_PRELOAD=libm.so.6:libdl.so.2:$library
*" env LD_PRELOAD="$library libm.so.6::libdl.so.2" GREENSHIM_HUBS=1 \
	"$greenrun" ./show
check preloads-once 3 "*LD_PRELOAD=$library
*" env "LD_PRELOAD=$library" "GREENSHIM_HUBS=1" "$greenrun" ./show
check double-dash 3 "*arg=--hubs*" "$greenrun" -- ./show --hubs
check program-arguments 3 "*arg=--bogus*" "$greenrun" ./show --bogus
check odd-name 3 '*LD_PRELOAD=*' "$greenrun" './a name with
a line break'
check dash-name 3 '*LD_PRELOAD=*' env PATH=".:$PATH" "$greenrun" -- -x
check dash-name-path 3 'arg=./-x
arg=-y
*LD_PRELOAD=*' "$greenrun" -- ./-x -y
check dash-directory 3 'arg=./-d/x
arg=-y
*LD_PRELOAD=*' "$greenrun" -- -d/x -y
check dash-in-path 3 'arg=x
*LD_PRELOAD=*' env PATH="-d:$PATH" "$greenrun" -- x
check dash-both 3 'arg=./-d/-x
*LD_PRELOAD=*' env PATH="-d:$PATH" "$greenrun" -- -x
check dash-script 3 '*LD_PRELOAD=*' "$greenrun" -- -d/script
check dash-script-bare 4 "preload=$library" "$greenrun" -- -d/script-bare
check dash-script-env 3 '*LD_PRELOAD=*' env PATH="-d:$PATH" \
	"$greenrun" -- -d/script-env
check dash-disabled 3 'arg=./-d/x
pid=*' env GREENSHIM_DISABLE=1 "$greenrun" -- -d/x
check dash-check '[01]' 'program *./-d/x*can be greened*' \
	"$greenrun" --check -- -d/x
complains dash-refused 125 '*statically linked*' "$greenrun" -- -d/static
complains dash-not-found 127 'greenrun: -nonesuch: not found' \
	"$greenrun" -- -nonesuch

check hubs 3 '*GREENSHIM_HUBS=256*' "$greenrun" --hubs 256 ./show
check hubs-equals 3 '*GREENSHIM_HUBS=auto*' "$greenrun" --hubs=auto ./show
check stack 3 '*GREENSHIM_STACK=64K*' "$greenrun" --stack 64K ./show
check stack-variable 3 '*GREENSHIM_STACK=8m*' \
	env GREENSHIM_STACK=8m "$greenrun" ./show
check stats 3 '*GREENSHIM_STATS=1*' "$greenrun" --stats ./show
check stats-file 3 "*GREENSHIM_STATS=$PWD/s t*" \
	"$greenrun" '--stats=s t' ./show
check no-follow 3 '*GREENSHIM_FOLLOW=0*' "$greenrun" --no-follow ./show
check offload 3 '*GREENSHIM_OFFLOAD=libx.so:f=int(ptr,int);g=void()*' \
	"$greenrun" --offload 'libx.so:f=int(ptr,int)' --offload='g=void()' \
	./show
check raw 3 '*GREENSHIM_RAW=1*' "$greenrun" --raw ./show
check raw-off 3 '*GREENSHIM_RAW=0*' env GREENSHIM_RAW=0 "$greenrun" ./show
check option-wins 3 '*GREENSHIM_HUBS=2*' \
	env GREENSHIM_HUBS=1 "$greenrun" --hubs 2 ./show
check dump-signal 3 '*GREENSHIM_DUMP_SIGNAL=SIGQUIT*' \
	env GREENSHIM_DUMP_SIGNAL=SIGQUIT "$greenrun" ./show
check disabled 3 'arg=./static
pid=*' env GREENSHIM_DISABLE=1 "$greenrun" ./static
check help 0 'usage: greenrun *--hubs*--stack*--stats*--check*--json*--no-follow*' \
	"$greenrun" --help
check version 0 'greenrun [0-9]*.[0-9]*' "$greenrun" --version

for value in banana 0 257 -1 +2 08 1.5 '' ' 2'; do
	complains "hubs='$value'" 125 'greenrun: --hubs: invalid value *(expected 1-256 or auto)' \
		"$greenrun" "--hubs=$value" ./show
done
for value in banana 0 1 16K0 15K 8Q 99999999999999999999 2000G K -1; do
	complains "stack='$value'" 125 'greenrun: --stack: *value *(expected *' \
		"$greenrun" --stack "$value" ./show
done
complains hubs-variable 125 'greenrun: GREENSHIM_HUBS: *banana*(expected *' \
	env GREENSHIM_HUBS=banana "$greenrun" ./show
complains stack-variable-bad 125 'greenrun: GREENSHIM_STACK: *value *(expected *' \
	env GREENSHIM_STACK=tiny "$greenrun" ./show
complains follow-variable 125 'greenrun: GREENSHIM_FOLLOW: invalid value *(expected *' \
	env GREENSHIM_FOLLOW=perhaps "$greenrun" ./show
complains raw-variable 125 'greenrun: GREENSHIM_RAW: invalid value *(expected *' \
	env GREENSHIM_RAW=maybe "$greenrun" ./show
complains disable-variable 125 'greenrun: GREENSHIM_DISABLE: invalid value *(expected *' \
	env GREENSHIM_DISABLE=yes "$greenrun" ./show
for value in KILL SIGSTOP 9 19 32 0 65 banana; do
	complains "dump-signal=$value" 125 'greenrun: GREENSHIM_DUMP_SIGNAL: invalid value *(expected *' \
		env GREENSHIM_DUMP_SIGNAL=$value "$greenrun" ./show
done
complains stats-directory 125 'greenrun: --stats: *directory*' \
	"$greenrun" --stats=/nonesuch/file ./show
complains stats-variable 125 'greenrun: GREENSHIM_STATS: *directory*' \
	env GREENSHIM_STATS=/nonesuch/file "$greenrun" ./show
complains stats-empty 125 'greenrun: --stats: *missing (*' "$greenrun" --stats= ./show
complains offload-bad 125 'greenrun: --offload: *(expected *' \
	"$greenrun" --offload f ./show
complains offload-empty 125 'greenrun: --offload: *(expected *' \
	"$greenrun" --offload '' ./show
complains offload-variable 125 'greenrun: GREENSHIM_OFFLOAD: *(expected *' \
	env 'GREENSHIM_OFFLOAD=f=int(ptr);$(x)' "$greenrun" ./show
complains unknown-option 125 'greenrun: --bogus: unknown option (*--help)' \
	"$greenrun" --bogus ./show
complains value-missing 125 'greenrun: --hubs: *missing (*--help)' "$greenrun" --hubs
complains no-program 125 'greenrun: no program*--help)' "$greenrun" --hubs 1

# --- programs ----------------------------------------------------------------

complains not-found 127 'greenrun: nonesuch: not found' "$greenrun" nonesuch
complains no-file 127 'greenrun: ./nonesuch: not found' "$greenrun" ./nonesuch
complains empty-name 127 'greenrun: : not found' "$greenrun" ''
complains directory 126 'greenrun: *' "$greenrun" /tmp
complains not-executable 126 'greenrun: *' "$greenrun" ./not-executable
complains static 125 '*statically linked*' "$greenrun" ./static
complains static-pie 125 '*statically linked*' "$greenrun" ./static-pie
complains musl 125 '*musl*' "$greenrun" ./musl
complains no-loader 127 '*loader*' "$greenrun" ./no-loader
complains other-cpu 125 '* is for riscv64*' "$greenrun" ./foreign
complains big-endian 125 '* is for a big-endian*' "$greenrun" ./big-endian
complains setuid 125 '*setuid*(run a copy *)' "$greenrun" ./setuid
complains setgid 125 '*setgid*' "$greenrun" ./setgid
complains object 126 '*object: not a program*' "$greenrun" ./object
complains damaged 126 '*damaged: *outside' "$greenrun" ./cut
complains binary 126 '*neither*' "$greenrun" ./binary
complains fifo 126 '*not an executable file' "$greenrun" ./fifo
check empty 0 '' "$greenrun" ./empty
if [ "$(id -u)" != 0 ]; then
	cp show unreadable && chmod 111 unreadable
	complains unreadable 125 '*cannot be read*' "$greenrun" ./unreadable
fi
if command -v setcap >/dev/null && cp show capable &&
	setcap cap_net_raw+ep capable 2>/dev/null; then
	complains capabilities 125 '*capabilities*' "$greenrun" ./capable
fi

# Some shells make the name of a script absolute before they execute it.
check script 3 "*arg=*/script*LD_PRELOAD=$library*" "$greenrun" ./script
check script-argument 3 '*arg=one two*LD_PRELOAD=*' \
	"$greenrun" ./script-argument
check script-env 3 'arg=show
arg=-u
arg=*/script-env
*LD_PRELOAD=*' "$greenrun" ./script-env
check script-script 3 '*LD_PRELOAD=*' "$greenrun" ./script-script
check script-bare 4 "preload=$library" "$greenrun" ./script-bare
check script-no-follow 3 'arg=show
arg=*/script-env-plain
arg=x
*LD_PRELOAD=*' "$greenrun" --no-follow ./script-env-plain x
complains script-static 125 '*statically linked*' "$greenrun" ./script-static
complains script-env-clear 125 '*clears the environment*' \
	"$greenrun" ./script-env-clear
check script-env-options 3 '*LD_PRELOAD=*' env -u A "$greenrun" \
	./script-env-options
complains script-env-no-follow 125 '*--no-follow*(*)' \
	"$greenrun" --no-follow ./script-env-options
complains script-env-none 125 '*no interpreter*(*)' \
	"$greenrun" ./script-env-none
complains script-env-missing 127 "*'nonesuch' is not found" \
	"$greenrun" ./script-env-missing
complains script-loop 125 '*do not end*' "$greenrun" ./loop
complains script-none 127 '*/no/such/interpreter*' "$greenrun" ./script-none

# With limits, perhaps: an old kernel has some.
check check-good '[01]' '*result *can be greened*' "$greenrun" --check ./show
check check-bad 2 '*result *cannot be greened: *static*' \
	"$greenrun" --check ./static
check check-does-not-run '[01]' 'program*' "$greenrun" --check ./show
check check-script '[01]' '*script *, run by *' "$greenrun" --check ./script
complains check-not-found 127 'greenrun: nonesuch: not found' \
	"$greenrun" --check nonesuch
complains json-alone 125 'greenrun: --json requires --check' "$greenrun" --json ./show

# The pid is greenrun's own: it execs.
sh -c 'echo $$; exec "$0" ./show' "$greenrun" >"$tmp/out"
if [ "pid=$(head -n 1 "$tmp/out")" = "$(grep '^pid=' "$tmp/out")" ]; then
	pass keeps-pid
else
	fail keeps-pid "$(cat "$tmp/out")"
fi

# --- the library -------------------------------------------------------------

mkdir -p "$tmp/none/bin" "$tmp/a space/bin" "$tmp/a space/lib/greenshim"
cp "$greenrun" "$tmp/none/bin/"
cp "$greenrun" "$tmp/a space/bin/"
cp "$library" "$tmp/a space/lib/greenshim/"
complains library-missing 125 '*libgreenshim.so: not found in *(*make*)' \
	"$tmp/none/bin/greenrun" ./show
complains library-space 125 '*LD_PRELOAD*space*' \
	"$tmp/a space/bin/greenrun" ./show
complains library-variable 125 'greenrun: GREENSHIM_LIBRARY: *' \
	env GREENSHIM_LIBRARY=/nonesuch "$greenrun" ./show
: >"$tmp/text.so"
complains library-broken 125 '*/text.so: not a library*' \
	env "GREENSHIM_LIBRARY=$tmp/text.so" "$greenrun" ./show

# --- greencheck --------------------------------------------------------------

# Beside the library, as make install puts it.
mkdir -p "$tmp/failing/bin" "$tmp/failing/lib/greenshim"
cp "$greenrun" "$tmp/failing/bin/"
cp "$library" "$tmp/failing/lib/greenshim/"
failing=$tmp/failing/bin/greenrun
fake=$tmp/failing/lib/greenshim/greencheck

# A failing greencheck is told of as such, whatever it was asked.
tells()
{
	complains "greencheck-$1" 125 "$2" "$failing" ./show
	complains "greencheck-$1-check" 125 "$2" "$failing" --check ./show
	complains "greencheck-$1-disabled" 125 "$2" \
		env GREENSHIM_DISABLE=1 "$failing" ./show
}

tells missing "greenrun: greencheck: not found in *(run make, *)"
cp "$built/greencheck" "$fake" && chmod -x "$fake"
tells not-executable "greenrun: $fake: not executable (run make, *)"
# Some shells tell of a killed process, too, in a line before ours.
for signal in 9 11; do
	printf '#!/bin/sh\nkill -%s $$\n' $signal >"$fake" && chmod +x "$fake"
	for option in --no-follow --check; do
		check "greencheck-signal-$signal$option" 125 \
			"*greenrun: $fake: killed by signal $signal (*)" \
			"$failing" $option ./show
	done
done
# These are not its own statuses unless it has said why.
printf '#!/bin/sh\nexit 77\n' >"$fake"
tells status "greenrun: $fake: exited with status 77 (*)"
for status in 0 125 127; do
	printf '#!/bin/sh\nexit %s\n' $status >"$fake"
	complains "greencheck-silent-$status" 125 \
		"greenrun: $fake: exited with status $status (*)" \
		"$failing" ./show
done

# Without any tool in PATH, for greencheck is all that is asked.
check no-tools 3 "*LD_PRELOAD=$library*" \
	env PATH=/nonesuch "$greenrun" "$PWD/show"
complains no-tools-static 125 '*statically linked*' \
	env PATH=/nonesuch "$greenrun" "$PWD/static"

# Under 50 ms a start; a loaded machine gets three times that.
start=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	"$greenrun" ./show >/dev/null
done
each=$((($(date +%s%N) - start) / 10000000))
if [ $each -lt 150 ]; then
	pass quick-start
else
	fail quick-start "$each ms a start"
fi

# --- make install ------------------------------------------------------------

cd "$top" || exit 1
mkdir "$tmp/dest"
if make -s BUILD="$BUILD" PREFIX=/opt/green DESTDIR="$tmp/dest" install \
	>"$tmp/log" 2>&1; then
	(cd "$tmp/dest" && find . -type f | sort) >"$tmp/installed"
	cat >"$tmp/expected" <<'END'
./opt/green/bin/greenrun
./opt/green/include/green.h
./opt/green/lib/greenshim/greencheck
./opt/green/lib/greenshim/libgreenshim.so
./opt/green/lib/libgreen.so
./opt/green/lib/pkgconfig/greenshim.pc
./opt/green/share/man/man1/greenrun.1
./opt/green/share/man/man7/greenshim.7
END
	if cmp -s "$tmp/expected" "$tmp/installed"; then
		pass install
	else
		fail install "$(diff "$tmp/expected" "$tmp/installed")"
	fi
	check installed-runs 0 "$tmp/dest/opt/green/lib/greenshim/*" \
		"$tmp/dest/opt/green/bin/greenrun" \
		sh -c 'echo "$LD_PRELOAD"'
	check installed-check '[01]' '*result *can be greened*' \
		"$tmp/dest/opt/green/bin/greenrun" --check "$tmp/programs/show"
	check pkg-config 0 '-I/opt/green/include*-lgreen*' \
		env PKG_CONFIG_PATH="$tmp/dest/opt/green/lib/pkgconfig" \
		pkg-config --cflags --libs greenshim
	: >"$tmp/dest/opt/green/lib/other"
	make -s BUILD="$BUILD" PREFIX=/opt/green DESTDIR="$tmp/dest" \
		uninstall >/dev/null 2>&1
	check uninstall 0 './opt/green/lib/other' \
		sh -c 'cd "$1" && find . -type f' sh "$tmp/dest"
else
	fail install "$(tail -n 3 "$tmp/log")"
fi

# --- the other tools ---------------------------------------------------------

# A copy of the tree's tools, with a table and sections of its own.
mkdir -p "$tmp/tools/scripts" "$tmp/tools/shim" "$tmp/tools/tests"
cp scripts/*.sh "$tmp/tools/scripts/"
cp tests/run.sh "$tmp/tools/tests/"

table()
{
	printf '%s\n' "$@" >"$tmp/tools/shim/symbols.def"
}

gen=$tmp/tools/scripts/gen_symbols.sh
table '// a comment' '' \
	'SYM(void *, mmap, (void *a, int (*f)(int, int)), GLIBC_2.2.5, mm, HOP)' \
	'ALIAS(mmap64, mmap)'
check symbol-list 0 'SYM	mmap	GLIBC_2.2.5	mm	HOP	void \*mmap(void*
ALIAS	mmap64	mmap' "$gen" list
check symbol-map 0 '*mmap;*mmap64;*local:*' "$gen" map
table 'SYM(int, f, (void), GLIBC_2.2.5, f, SLEEP)'
check symbol-policy 1 '*symbols.def:1: policy*' "$gen" map
table 'SYM(int, f, (void), GLIBC_2.2.5, f, PARK)' 'SYM(int f)'
check symbol-malformed 1 '*symbols.def:2: *' "$gen" map
table 'ALIAS(g, f)'
check symbol-alias-alone 1 '*symbols.def:1: alias*' "$gen" map

exceptions()
{
	printf '%s\n' "$@" >"$tmp/tools/shim/exceptions.def"
}

blocking=$tmp/tools/scripts/check_blocking.sh
table 'SYM(int, flock, (int fd, int how), GLIBC_2.2.5, file, HOP)'
exceptions '# a comment' '' 'harmless: everything else' '.*'
check blocking-complete 0 '' "$blocking"
check blocking-list 0 '*
flock	HOP	shim/file.c
*
getpwnam	harmless	everything else
*' "$blocking" list
exceptions 'harmless: all but getpwnam and its like' '[^g].* g[^e].* ge[^t].*' \
	'door: the name service' 'get[^p].* getp(a|e|g|i|m|p|r|t|u|w[^n]).* getpw'
check blocking-gap 1 'shim/exceptions.def: getpwnam: libc exports it*
*getpwnam_r: *' "$blocking"
exceptions 'harmless: everything' '.* flock'
check blocking-twice 1 '*flock is in shim/symbols.def' "$blocking"
exceptions 'perhaps: who knows' '.*'
check blocking-door 1 '*perhaps: no such door' "$blocking"
exceptions '.*'
check blocking-no-group 1 '*before the first group*' "$blocking"

# section NAME LINE...: a section whose run.sh consists of these lines.
section()
{
	rm -rf "$tmp/tools/tests/"[a-z]*/
	mkdir -p "$tmp/tools/tests/$1"
	printf '%s\n' '#!/bin/sh' "$2" >"$tmp/tools/tests/$1/run.sh"
	chmod +x "$tmp/tools/tests/$1/run.sh"
}

tools_run()
{
	env -u BUILD "$tmp/tools/tests/run.sh" "$@"
}

section unit 'echo PASS a; echo PASS b'
check runner-passes 0 '*
2 passed, 0 failed' tools_run
section unit 'echo PASS a; echo "FAIL b: why"; exit 1'
check runner-fails 1 '*Failed:
FAIL b: why

1 passed, 1 failed' tools_run
section unit 'echo PASS a; exit 7'
check runner-status 1 '*exited with 7*
1 passed, 1 failed' tools_run
section unit 'exit 0'
check runner-silence 1 '*
0 passed, 1 failed' tools_run
rm -rf "$tmp/tools/tests/unit"
check runner-nothing 1 '*
0 passed, 0 failed' tools_run

check bootstrap-nothing-to-do 0 '' scripts/bootstrap
check bootstrap-names-packages 1 '*missing:*memcached*' \
	env PATH="$tmp/none/bin" /bin/sh scripts/bootstrap --check

# An apt-get that finds another at work, twice, and a dpkg without packages.
mkdir "$tmp/apt" || exit 1
cat >"$tmp/apt/apt-get" <<END
#!/bin/sh
echo "\$@" >>"$tmp/apt/asked"
case \$(wc -l <"$tmp/apt/asked") in
1 | 3) echo 'E: Could not get lock /var/lib/apt/lists/lock.' ;;
*) exit 0 ;;
esac
exit 100
END
printf '#!/bin/sh\n[ "$4" = there ] && echo installed\n' \
	>"$tmp/apt/dpkg-query"
chmod +x "$tmp"/apt/*
if [ "$(id -u)" = 0 ]; then
	check bootstrap-waits 0 '*waiting for another apt*install*green-none*waiting for another apt' \
		env PATH="$tmp/apt:$PATH" \
		scripts/bootstrap --packages there green-none
	check bootstrap-installs 0 '*update
*update
*install*--no-install-recommends green-none
*install*--no-install-recommends green-none' cat "$tmp/apt/asked"
fi
check bootstrap-has-packages 0 '' env PATH="$tmp/apt:$PATH" \
	scripts/bootstrap --packages there

tests/scripts/layers.sh || failed=1
tests/scripts/syscalls.sh || failed=1

# --- with the library that was built -----------------------------------------

tests/scripts/offload.sh || failed=1
tests/scripts/check.sh || failed=1
tests/scripts/preload.sh || failed=1
tests/scripts/sanitizer.sh || failed=1
tests/scripts/variables.sh || failed=1
tests/scripts/raw.sh || failed=1
tests/scripts/stats.sh || failed=1
tests/scripts/libuv.sh || failed=1

exit $failed
