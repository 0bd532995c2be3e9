#!/bin/bash
# run.sh [--native|--green]: three people chat, from a script; then a crowd.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/chat demos/chat/chat.c
build_c demos/crowd demos/chat/crowd.c
build_c demos/talk demos/common/talk.c

start_server "${RUN[@]}" "$BUILD/demos/chat" || exit 1
"$BUILD/demos/talk" "$PORT" <"$ROOT/demos/chat/script.txt" || exit 1
"$BUILD/demos/crowd" "$PORT" 40 25 || exit 1
stop_server "$PID"
echo "server ended with status $STATUS"
