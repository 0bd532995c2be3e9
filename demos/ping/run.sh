#!/bin/bash
# run.sh [--native|--green]: 24 tables of 4 peers play at the same time.

# shellcheck source=demos/common/lib.sh
. "$(dirname "$0")/../common/lib.sh"
demo_arguments "$@"

build_c demos/ping demos/ping/ping.c

"${RUN[@]}" "$BUILD/demos/ping" -g 24 -p 4 -t 1000 -s 7
echo "ping ended with status $?"
