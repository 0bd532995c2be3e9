#!/bin/bash
# OpenSSH server: forked, privilege separated; 20 sessions, sftp, a tunnel.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin openssh "$@"
tp_install openssh-server openssh-client openssh-sftp-server
tp_package openssh-server
port=$(tp_port)
tp_files
tp_origin
if [ "$(id -u)" = 0 ]; then
	# Where sshd's unprivileged half is locked in.
	mkdir -p /run/sshd
fi
ssh-keygen -q -t ed25519 -N '' -f "$TP_TMP/host" </dev/null
ssh-keygen -q -t ed25519 -N '' -f "$TP_TMP/user" </dev/null
cat >"$TP_TMP/conf" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $TP_TMP/host
PidFile none
AuthorizedKeysFile $TP_TMP/user.pub
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
MaxStartups 200
MaxSessions 200
Subsystem sftp /usr/lib/openssh/sftp-server
END
opts=(-F none -i "$TP_TMP/user" -o BatchMode=yes
	-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o LogLevel=ERROR)
ssh=(ssh "${opts[@]}" -p "$port" 127.0.0.1)
tp_start /usr/sbin/sshd -D -e -f "$TP_TMP/conf"
tp_listening "$port"
tp_ready 30 "${ssh[@]}" true

# Twenty sessions at once, 300 kB there and back through a remote cat.
pids=()
for i in $(seq 20); do
	timeout 60 "${ssh[@]}" cat <"$WWW/300000/0" >"$TP_TMP/out.$i" \
		2>>"$TP_LOG" &
	pids+=($!)
	TP_PIDS+=($!)
done
tp_watch
for i in $(seq 20); do
	wait "${pids[i - 1]}" || {
		tp_dump
		tp_fail "session $i: status $?"
	}
	tp_same "session $i" "$WWW/300000/0" "$TP_TMP/out.$i"
done
tp_watched
# The remote command's status and its stderr come back.
"${ssh[@]}" 'echo lost >&2; exit 7' 2>"$TP_TMP/err"
status=$?
[ $status = 7 ] || tp_fail "remote status 7 came back as $status"
[ "$(cat "$TP_TMP/err")" = lost ] || tp_fail "remote stderr is lost"
tp_do 60 "scp" scp -q "${opts[@]}" -P "$port" -r "127.0.0.1:$WWW" \
	"$TP_TMP/copy"
diff -r "$WWW" "$TP_TMP/copy" >>"$TP_LOG" || tp_fail "scp: files differ"
mkdir "$TP_TMP/put"
printf '%s\n' "put -r $WWW/65536 $TP_TMP/put" \
	"rename $TP_TMP/put/65536/0 $TP_TMP/put/65536/9" \
	"get $TP_TMP/put/65536/9 $TP_TMP/put/0" >"$TP_TMP/batch"
tp_do 60 "sftp" sftp -q "${opts[@]}" -P "$port" -b "$TP_TMP/batch" 127.0.0.1
tp_same "sftp get" "$WWW/65536/0" "$TP_TMP/put/0"
mv "$TP_TMP/put/65536/9" "$TP_TMP/put/65536/0"
diff -r "$WWW/65536" "$TP_TMP/put/65536" >>"$TP_LOG" ||
	tp_fail "sftp put: files differ"
# A forwarded port: 50 channels in one connection.
front=$(tp_port)
tp_helper "${ssh[@]}" -N -L "127.0.0.1:$front:127.0.0.1:$ORIGIN"
tunnel=$HELPER
tp_listening "$front" "$tunnel"
tp_load -n 50 -B 200000 echo "$front"
tp_load -n 50 http "$front"
kill "$tunnel"
wait "$tunnel" 2>/dev/null
tp_stop TERM
tp_end
