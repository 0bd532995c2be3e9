# echo_table.awk: prints the tables of echo.csv, and writes the medians to the
# file named by the variable data, for the plot.
#
# Memory is the peak of what is resident, with the kernel's own stacks, of 16
# KiB for a thread, which no process's figures show.

BEGIN {
	FS = ","
	columns = split("rps p50 p99 cpu memory threads", column, " ")
	scale["p50"] = scale["p99"] = 1000
	scale["memory"] = 1024
	digits["p50"] = digits["p99"] = digits["cpu"] = 2
	digits["memory"] = 1
	KERNEL_STACK = 16
}

NR == 1 { next }

{
	server = $1; n = $2; round = $3
	if (!(n in known)) {
		known[n] = 1
		sizes[++size_count] = n
	}
	if (!(server in known_server)) {
		known_server[server] = 1
		servers[++server_count] = server
	}
	v["rps", server, n, round] = $4
	v["p50", server, n, round] = $5
	v["p99", server, n, round] = $6
	v["cpu", server, n, round] = $7
	v["threads", server, n, round] = $8
	v["memory", server, n, round] = $9 + KERNEL_STACK * $8
	errors += $10
}

# The median over the rounds of what, of a server; or where base is given, of
# the ratio to base in the same round.
function median(what, server, n, base,    i, j, count, x, list, t) {
	count = 0
	for (i = 1; i <= rounds; i++) {
		if (!((what, server, n, i) in v))
			continue
		x = v[what, server, n, i] + 0
		if (base != "") {
			if (!((what, base, n, i) in v) ||
			    !(v[what, base, n, i] > 0))
				continue
			x /= v[what, base, n, i]
		}
		list[++count] = x
		for (j = count; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	}
	if (!count)
		return "-"
	j = int((count + 1) / 2)
	return count % 2 ? list[j] : (list[j] + list[j + 1]) / 2
}

function figure(what, x) {
	if (x == "-")
		return x
	if (what in scale)
		x /= scale[what]
	return sprintf("%." (digits[what] + 0) "f", x)
}

function ratio_row(label, n, server, base,    i, x, row) {
	row = sprintf("%-12s %-16s", n, label)
	for (i = 1; i <= columns; i++) {
		x = median(column[i], server, n, base)
		row = row sprintf(" %10s", x == "-" ? x : sprintf("%.2f", x))
	}
	print row
}

END {
	printf "\nEcho server, a thread for each connection: medians of %d " \
	       "interleaved rounds.\n", rounds
	print "Server and client on a CPU each. Memory: peak resident, kernel" \
	      " stacks counted.\n"
	printf "%-12s %-16s %10s %10s %10s %10s %10s %10s\n", "connections",
	       "server", "req/s", "p50 ms", "p99 ms", "CPU us/req",
	       "memory MiB", "threads"
	for (k = 1; k <= size_count; k++) {
		n = sizes[k]
		for (s = 1; s <= server_count; s++) {
			row = sprintf("%-12s %-16s", n, servers[s])
			line = servers[s] " " n
			for (i = 1; i <= columns; i++) {
				x = figure(column[i],
					   median(column[i], servers[s], n, ""))
				row = row sprintf(" %10s", x)
				line = line " " (x == "-" ? "NaN" : x)
			}
			print row
			print line >data
		}
		if ("greened" in known_server)
			ratio_row("greened/native", n, "greened", "native")
		ratio_row("epoll/native", n, "epoll", "native")
		print ""
	}
	if ("greened" in known_server) {
		print "Target at 64 and 1000 connections: greened/native of" \
		      " CPU <= 0.70, of req/s >= 1.30."
		for (k = 1; k <= size_count; k++) {
			n = sizes[k]
			cpu = median("cpu", "greened", n, "native")
			rps = median("rps", "greened", n, "native")
			if (n > 1000 || cpu == "-")
				continue
			printf "%6d: CPU %.2f, %s; req/s %.2f, %s\n", n, cpu,
			       (cpu <= 0.7 ? "met" : "missed"), rps,
			       (rps >= 1.3 ? "met" : "missed")
		}
	}
	printf "Wrong, missing or late echoes: %d\n", errors
}
