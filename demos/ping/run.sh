#!/bin/bash
# run.sh [--native|--green]: 16 tables of 6 peers play at the same time.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/ping demos/ping/ping.c

"${RUN[@]}" "$BUILD/demos/ping" -g 16 -p 6 -t 400 -s 7
echo "ping ended with status $?"
