#!/bin/bash
# Run all programs and write docs/COMPATIBILITY.md from what came out.
#
#	compat.sh [--no-run] [--cpython]
#
#	--no-run	write it from the results that are there
#	--cpython	run CPython's tests too (half an hour); without it, the
#		table of their last run is taken, if there is one
set -u

# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

run=1
cpython=
for arg; do
	case $arg in
	--no-run) run= ;;
	--cpython) cpython=1 ;;
	*)
		sed -n '2,/^set/ s/^#[[:blank:]]\{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
done

failed=0
lights=$("$TP_HERE/run.sh" --list)
heavies=$("$TP_HERE/run.sh" --heavy --list)
if [ -n "$run" ]; then
	# shellcheck disable=SC2086 # a list of names
	"$TP_HERE/run.sh" $lights $heavies || failed=1
fi
if [ -n "$cpython" ]; then
	"$TP_HERE/cpython/run.sh" || failed=1
fi

# cell NAME MODE: the word for the table.
cell() {
	local file=$TP_OUT/$1.$2.result

	[ -e "$file" ] || {
		echo "not run"
		return
	}
	case $(cat "$file") in
	PASS) echo "as natively" ;;
	*) echo "**fails**" ;;
	esac
}

threads() {
	cat "$TP_OUT/$1.$2.threads" 2>/dev/null || echo "–"
}

# The second line of a test says what is run, after the program's name.
what() {
	sed -n '2s/^# //p' "$TP_HERE/$1/run.sh"
}

version() {
	if [ -s "$TP_OUT/$1.version" ]; then
		paste -s -d, "$TP_OUT/$1.version" | sed 's/,/, /g'
	else
		echo "–"
	fi
}

rows() {
	local name

	echo "| test | what runs | package | kernel threads:" \
		"native, 1 hub, 2 hubs | 1 hub | 2 hubs |"
	echo "|---|---|---|---|---|---|"
	for name; do
		echo "| \`$name\` | $(what "$name") | $(version "$name") |" \
			"$(threads "$name" native), $(threads "$name" green1)," \
			"$(threads "$name" green2) |" \
			"$(cell "$name" green1) | $(cell "$name" green2) |"
	done
}

failures() {
	local name mode file

	for name; do
		for mode in native green1 green2; do
			file=$TP_OUT/$name.$mode.result
			[ -e "$file" ] || continue
			sed -n "s,^FAIL \(.*\),- \`$name\` $mode: \1,p" \
				"$file" | sed 's, (see [^)]*),,'
		done
	done
}

{
	# shellcheck disable=SC1091
	system=$(. /etc/os-release && echo "$PRETTY_NAME")
	cat <<END
# Compatibility

Written by \`tests/programs/compat.sh\`; do not edit. $system,
glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2), Linux $(uname -r | cut -d- -f1), $(uname -m), $(nproc) CPUs, $(date -I).

Each program is the distribution's own, unmodified. It runs natively first and
then under \`greenrun --hubs 1\` and \`--hubs 2\`; "as natively" means: all answers
right byte for byte (or the data verified by the program's own checker), and the
same exit status. The kernel threads are the most that were seen under load, for
servers that fork those of all their processes.

## Servers with 500 clients, run by CI

END
	# shellcheck disable=SC2086
	rows $lights
	printf '\n## Larger programs\n\n'
	# shellcheck disable=SC2086
	rows $heavies
	# shellcheck disable=SC2086
	list=$(failures $lights $heavies)
	if [ -n "$list" ]; then
		printf '\n## What fails\n\n%s\n' "$list"
	fi
	if [ -s "$TP_BUILD/cpython/summary.txt" ]; then
		printf '\n## CPython'\''s own tests\n\n%s\n\n```\n' \
			"$(dpkg-query -W -f '${Package} ${Version}' \
				libpython3.11-testsuite), test for test:"
		sed 's/[[:blank:]]*$//' "$TP_BUILD/cpython/summary.txt"
		echo '```'
	fi
} >"$TP_ROOT/docs/COMPATIBILITY.md.new"
mv "$TP_ROOT/docs/COMPATIBILITY.md.new" "$TP_ROOT/docs/COMPATIBILITY.md"
echo "wrote docs/COMPATIBILITY.md" >&2
exit $failed
