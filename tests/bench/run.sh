#!/bin/bash
# run.sh: the tests of the measuring tools. Prints PASS and FAIL lines; the
# status is 1 if a test failed.
exec "$(dirname "$0")/test_loadgen.sh"
