# startup_table.awk: prints the table of startup.csv (side,round,figure,ns):
# medians for each side, and the median of the rounds' differences.

BEGIN {
	FS = ","
	figures = split("wall cpu", order, " ")
	what["wall"] = "start of /bin/true by greenrun, time"
	what["cpu"] = "child of a greened program, CPU"
	limit["wall"] = 3
	limit["cpu"] = 0.3
}

NR == 1 { next }

{
	if ($2 > rounds)
		rounds = $2
	value[$1, $3, $2] = $4 / 1e6
}

# The median of a side's values, or (side "more") of greened - native.
function median(side, figure,    i, j, n, v, t) {
	n = 0
	for (i = 1; i <= rounds; i++) {
		if (side == "more") {
			if (!(("greened", figure, i) in value) || \
			    !(("native", figure, i) in value))
				continue
			v[++n] = value["greened", figure, i] - \
				 value["native", figure, i]
		} else {
			if (!((side, figure, i) in value))
				continue
			v[++n] = value[side, figure, i]
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

function number(x) {
	return x == "-" ? x : sprintf("%.3f", x)
}

END {
	printf "Starts, ms on 1 CPU: medians of %d interleaved rounds.\n\n",
	       rounds
	format = "%-38s %10s %10s %10s  %s\n"
	printf format, "", "native", "greened", "more", "target"
	for (i = 1; i <= figures; i++) {
		f = order[i]
		more = median("more", f)
		printf format, what[f], number(median("native", f)),
		       number(median("greened", f)), number(more),
		       sprintf("<= %.1f ms%s", limit[f], more == "-" ? "" : \
			       more <= limit[f] ? ", met" : ", missed")
	}
	print ""
}
