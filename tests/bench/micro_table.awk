# micro_table.awk: prints the table of micro.csv (side,round,operation,ns):
# medians for each side, and the median of the rounds' ratios.

BEGIN {
	FS = ","
	what["yield"] = "switch by sched_yield"
	what["sem"] = "switch by park and unpark (semaphore)"
	what["cond"] = "hand-over by condition variable"
	what["create_join"] = "pthread_create and pthread_join"
	what["mutex"] = "mutex lock and unlock"
	what["sem_pair"] = "semaphore post and wait"
	what["rdlock"] = "read lock and unlock"
	what["wrlock"] = "write lock and unlock"
	limit["yield"] = limit["sem"] = 100
	limit["cond"] = 300
	limit["create_join"] = 1000
	ratio_limit["mutex"] = 1.3
}

NR == 1 { next }

{
	if (!($3 in seen)) {
		seen[$3] = 1
		order[++operations] = $3
	}
	if ($2 > rounds)
		rounds = $2
	value[$1, $3, $2] = $4
	if ($1 == "greened")
		greened = 1
}

# The median of a side's values, or (side "ratio") of greened/native.
function median(side, op,    i, j, n, v, t) {
	n = 0
	for (i = 1; i <= rounds; i++) {
		if (side == "ratio") {
			if (!(("greened", op, i) in value) ||
			    !(value["native", op, i] > 0))
				continue
			v[++n] = value["greened", op, i] / \
				 value["native", op, i]
		} else {
			if (!((side, op, i) in value))
				continue
			v[++n] = value[side, op, i] + 0
		}
		for (j = n; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	}
	if (!n)
		return "-"
	j = int((n + 1) / 2)
	return n % 2 ? v[j] : (v[j] + v[j + 1]) / 2
}

function number(x, digits) {
	return x == "-" ? x : sprintf("%." digits "f", x)
}

# What is wanted, and whether it is so.
function target(op, ns, ratio) {
	if (op in limit)
		return sprintf("< %d ns%s", limit[op], !greened ? "" : \
			       ns != "-" && ns < limit[op] ? ", met" : ", missed")
	if (op in ratio_limit)
		return sprintf("<= %.1f x%s", ratio_limit[op], \
			       !greened ? "" : ratio != "-" && \
			       ratio <= ratio_limit[op] ? ", met" : ", missed")
	return ""
}

END {
	printf "\nThread operations, ns: medians of %d interleaved runs.\n",
	       rounds
	print "native: all CPUs; the ratio is to native on one CPU, as greened.\n"
	format = "%-38s %10s %10s %10s %8s  %s\n"
	printf format, "", "native", "on 1 CPU", "greened", "ratio", "target"
	for (i = 1; i <= operations; i++) {
		op = order[i]
		ns = median("greened", op)
		ratio = median("ratio", op)
		printf format, op in what ? what[op] : op,
		       number(median("native_all", op), 1),
		       number(median("native", op), 1), number(ns, 1),
		       number(ratio, 3), target(op, ns, ratio)
	}
	print ""
}
