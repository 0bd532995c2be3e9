#!/bin/bash
# run.sh: the tests of what measures. Prints PASS and FAIL lines; its status is
# 1 when a test failed.
exec "$(dirname "$0")/test_loadgen.sh"
