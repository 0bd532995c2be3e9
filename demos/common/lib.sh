# shellcheck shell=bash
# lib.sh: what the demos' and benchmarks' scripts share; to be sourced.
#
# Sets ROOT, BUILD (absolute) and GREENRUN, makes a scratch directory $TMP, and
# ends the servers that start_server started when the script ends.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$ROOT/$BUILD ;;
esac
GREENRUN=${GREENRUN:-$ROOT/scripts/greenrun}
# The library of that build, not of another.
if [ -e "$BUILD/libgreenshim.so" ]; then
	export GREENSHIM_LIBRARY=${GREENSHIM_LIBRARY:-$BUILD/libgreenshim.so}
fi

TMP=$(mktemp -d)
SERVERS=()
declare -A OUTPUT_OF # the fifo's descriptor, by the server's pid

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# stop_server PID: end a server by SIGTERM, or by SIGKILL after 5 seconds.
# Sets STATUS to its exit status, for the script that asks.
# shellcheck disable=SC2034
stop_server() {
	local pid=$1 i keep=()

	kill -TERM "$pid" 2>/dev/null
	for ((i = 0; i < 250; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	STATUS=$?
	i=${OUTPUT_OF[$pid]}
	exec {i}>&-
	for i in "${SERVERS[@]}"; do
		[ "$i" = "$pid" ] || keep+=("$i")
	done
	SERVERS=("${keep[@]}")
}

cleanup() {
	local pid

	for pid in "${SERVERS[@]}"; do
		stop_server "$pid"
	done
	rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# build_c OUTPUT SOURCE... [-- FLAG...]: compile when a source is newer. The
# result is moved into place whole, as another script may build it just now.
build_c() {
	local out=$BUILD/$1 src=() dep new=
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		src+=("$ROOT/$1")
		shift
	done
	[ "${1-}" != -- ] || shift
	for dep in "${src[@]}" "${src[0]%/*}"/*.h; do
		[ -e "$dep" ] || continue
		[ "$out" -nt "$dep" ] || new=1
	done
	[ -n "$new" ] || return 0
	mkdir -p "${out%/*}"
	# CFLAGS is a list of words.
	# shellcheck disable=SC2086
	if ! ${CC:-cc} -std=gnu11 -D_GNU_SOURCE ${CFLAGS:--O2 -g} -Wall \
		-Wextra -pthread -o "$out.$$" "${src[@]}" "$@"; then
		rm -f "$out.$$"
		die "cannot build ${out##*/}"
	fi
	mv -f "$out.$$" "$out"
}

need_greenrun() {
	[ -x "$GREENRUN" ] || die "no $GREENRUN: run make first"
	[ -e "$BUILD/libgreenshim.so" ] ||
		die "no $BUILD/libgreenshim.so: run make first"
}

# start_server COMMAND...: start a server that says on its first line of output
# the port that it listens on, as the last word. Sets PID and PORT. Everything
# on the way to the server must exec, so that PID is the server's.
start_server() {
	local fd i line fifo=$TMP/fifo.$RANDOM.$RANDOM

	mkfifo "$fifo" || die "cannot make a fifo"
	"$@" >"$fifo" &
	PID=$!
	SERVERS+=("$PID")
	# Open until the server is stopped, so that it does not meet a broken
	# pipe at what else it prints; for writing too, so as not to wait for
	# the server here.
	exec {fd}<>"$fifo"
	OUTPUT_OF[$PID]=$fd
	line=
	for ((i = 0; i < 50; i++)); do
		IFS= read -r -t 0.2 -u "$fd" line && break
		kill -0 "$PID" 2>/dev/null || break
	done
	# Not before: the server's side may not have opened it until now.
	rm -f "$fifo"
	PORT=${line##* }
	case $PORT in
	'' | *[!0-9]*)
		say "${0##*/}: did not start: $*"
		stop_server "$PID"
		return 1
		;;
	esac
}

# raise_descriptors: as far as one may without asking.
raise_descriptors() {
	ulimit -S -n "$(ulimit -H -n)" 2>/dev/null || true
}

# connection_limit: how many connections the descriptor limit leaves room for.
connection_limit() {
	local limit

	limit=$(ulimit -n)
	[ "$limit" != unlimited ] || limit=1000000
	echo $((limit > 264 ? limit - 200 : 64))
}

# thread_limit: the most kernel threads that one process may have here, and the
# name of what sets that bound, as "NUMBER NAME". Some are left for others.
thread_limit() {
	local best=1000000 name=none value file

	consider() {
		case $1 in
		'' | *[!0-9]*) return ;;
		esac
		[ "$1" -lt "$best" ] || return
		best=$1
		name=$2
	}
	consider "$(ulimit -u)" 'ulimit -u'
	for file in kernel/pid_max kernel/threads-max; do
		value=$(cat /proc/sys/$file 2>/dev/null)
		consider "$value" "${file//\//.}"
	done
	# A thread's stack and its guard are a mapping each.
	value=$(cat /proc/sys/vm/max_map_count 2>/dev/null)
	consider "$((${value:-65530} / 2))" vm.max_map_count
	file=$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null)
	value=$(cat "/sys/fs/cgroup$file/pids.max" 2>/dev/null)
	consider "$value" 'pids.max of the control group'
	echo "$((best - 500)) $name"
}

# median NUMBER...
median() {
	printf '%s\n' "$@" | sort -g | awk '
		{ v[NR] = $1 }
		END { m = int((NR + 1) / 2)
		      print NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2 }'
}

# on_cpu N COMMAND...: become COMMAND on the Nth (from 0) of the CPUs that one
# may use; where there is but one, just become it. Runs in a subshell's place.
on_cpu() {
	local n=$1 cpus
	shift
	read -r -a cpus <<<"$(allowed_cpus)"
	if [ "${#cpus[@]}" -gt "$n" ] && command -v taskset >/dev/null; then
		exec taskset -c "${cpus[$n]}" "$@"
	fi
	exec "$@"
}

# allowed_cpus: the numbers of the CPUs that one may use, as words.
allowed_cpus() {
	local list range

	list=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
	for range in ${list//,/ }; do
		seq "${range%-*}" "${range#*-}"
	done | tr '\n' ' '
}

# demo_arguments "$@": of a demo's run.sh. Sets RUN, the words before the
# program: none, or with --green greenrun's, with as many hubs as HUBS says.
# shellcheck disable=SC2034
demo_arguments() {
	case ${1-} in
	'' | --native) RUN=() ;;
	--green)
		need_greenrun
		RUN=("$GREENRUN" --hubs "${HUBS:-1}" --)
		;;
	*)
		say "usage: run.sh [--native|--green]"
		exit 2
		;;
	esac
}
