#!/bin/bash
# C++: std::thread, std::condition_variable, thread_local destructors.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tp_begin cxxecho "$@"
tp_package libstdc++6
port=$(tp_port)
tp_compile "$TP_OUT/cxxecho" "${CXX:-c++}" -std=c++17 -O2 -g -Wall -Wextra \
	-pthread -- "$TP_HERE/cxxecho/server.cc" || tp_fail "does not build"
tp_start "$TP_OUT/cxxecho" "$port"
tp_listening "$port"
tp_load -B 1000000 echo "$port"
tp_load -r 50 echo "$port"
tp_stop TERM
tp_end
