#!/bin/sh
# Tests of the GREENSHIM_ variables: greenrun, and the library without it, take
# the same values, refuse the same, and say the same.

option=variable
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

true=$(command -v true)

# both NAME STATUS VARIABLE=VALUE: the two end with this status, and what they
# say differs in the first word only.
both()
{
	by_run=$(env "$3" "$greenrun" "$true" 2>&1)
	run=$?
	by_library=$(env "$3" LD_PRELOAD="$GREENSHIM_LIBRARY" "$true" 2>&1)
	alone=$?
	if [ $run = "$2" ] && [ $alone = "$2" ] &&
		[ "${by_run#greenrun: }" = "${by_library#greenshim: }" ]; then
		echo "PASS scripts/$option-$1"
	else
		echo "FAIL scripts/$option-$1: greenrun says '$by_run' ($run), the library '$by_library' ($alone)"
		failed=1
	fi
}

for value in 1 256 auto ''; do
	both "hubs=$value" 0 "GREENSHIM_HUBS=$value"
done
for value in 0 257 +2 ' 2' '2 ' 02 -1 1.5 0x2 AUTO 99999999999999999999; do
	both "hubs=$value" 125 "GREENSHIM_HUBS=$value"
done
for value in 16384 16K 16k 8M 1G 1024G ''; do
	both "stack=$value" 0 "GREENSHIM_STACK=$value"
done
for value in 16383 15K 1025G +64K ' 64K' 064K 64KB K 0 -1 \
	99999999999999999999 18014398509482000K; do
	both "stack=$value" 125 "GREENSHIM_STACK=$value"
done
for variable in DISABLE FOLLOW RAW; do
	for value in 0 ''; do
		both "$variable=$value" 0 "GREENSHIM_$variable=$value"
	done
	for value in no yes maybe 2 00 ' 1' true; do
		both "$variable=$value" 125 "GREENSHIM_$variable=$value"
	done
done
both disable 0 GREENSHIM_DISABLE=1
both follow 0 GREENSHIM_FOLLOW=1
for value in HUP SIGHUP INT QUIT ILL TRAP ABRT IOT BUS FPE USR1 SEGV USR2 PIPE \
	ALRM TERM STKFLT CHLD CLD CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM \
	PROF WINCH IO POLL PWR SYS 1 31 34 64 ''; do
	both "signal=$value" 0 "GREENSHIM_DUMP_SIGNAL=$value"
done
for value in KILL STOP SIGKILL 9 19 32 33 0 65 +12 ' 12' none INFO usr2 \
	SIGSIGUSR2 SIG; do
	both "signal=$value" 125 "GREENSHIM_DUMP_SIGNAL=$value"
done
both stats=0 0 GREENSHIM_STATS=0

exit $failed
