#!/bin/sh
# Runs the programs of this directory natively and greened: see ../compare.sh,
# whose arguments (patterns) and environment this takes.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../compare.sh" "$here" "$@"
