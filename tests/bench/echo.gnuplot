# echo.gnuplot: plots the medians of the echo comparison. Variables: data (lines
# of server connections req/s p50 p99 cpu memory threads), servers (the names to
# plot), out (the SVG).

set terminal svg size 960,720 font "sans,12" background "white"
set output out
set multiplot layout 2,2 title \
	"Echo server: a thread for each connection, and an event loop by hand"
set logscale x
set xlabel "connections"
set offsets graph 0.05, graph 0.05, graph 0.1, 0
set yrange [0:*]
set grid
set key below

rows(name) = sprintf("<awk '$1 == \"%s\"' '%s'", name, data)

set title "requests/s"
plot for [s in servers] rows(s) using 2:3 with linespoints lw 2 title s
set title "server CPU for a request, us"
plot for [s in servers] rows(s) using 2:6 with linespoints lw 2 title s
set yrange [*:*]
set logscale y
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.1
set title "99th percentile of latency, ms"
plot for [s in servers] rows(s) using 2:5 with linespoints lw 2 title s
set title "peak memory with kernel stacks, MiB"
plot for [s in servers] rows(s) using 2:7 with linespoints lw 2 title s
unset multiplot
