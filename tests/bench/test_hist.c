/*
 * test_hist: checks the histogram that the load generator's latencies go into.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hist.h"

static int failed;

static void check(int ok, const char *what, unsigned long long value)
{
	if (ok)
		return;
	printf("%s: %llu\n", what, value);
	failed = 1;
}

static struct hist h;

static void test_buckets(void)
{
	uint64_t v, upper;
	unsigned int last = 0, b;
	int shift;

	for (v = 0; v < 1000000; v++) {
		b = hist_bucket(v);
		upper = hist_upper(b);
		check(b == last || b == last + 1, "a gap between buckets", v);
		check(upper >= v, "above its bucket", v);
		check(upper - v <= v / HIST_SUB, "too coarse a bucket", v);
		last = b;
	}
	for (shift = 0; shift < 64; shift++) {
		v = 1ull << shift;
		check(hist_upper(hist_bucket(v)) - v <= v / HIST_SUB,
		      "too coarse a bucket", v);
		check(hist_bucket(v) == hist_bucket(v - 1) + 1 || shift == 0,
		      "no step at a power of two", v);
	}
	check(hist_bucket(UINT64_MAX) == HIST_BUCKETS - 1, "the last bucket",
	      hist_bucket(UINT64_MAX));
	check(hist_upper(HIST_BUCKETS - 1) == UINT64_MAX, "the last value",
	      hist_upper(HIST_BUCKETS - 1));
}

static void test_quantiles(void)
{
	static const double fractions[] = { 0.01, 0.5, 0.9, 0.99, 0.999, 1 };
	uint64_t i, got, want;
	unsigned int f;

	check(hist_quantile(&h, 0.5) == 0, "the median of nothing",
	      hist_quantile(&h, 0.5));
	/* 1..100000 in scattered order: 7919 and 100000 have no common factor. */
	for (i = 0; i < 100000; i++)
		hist_record(&h, 1 + i * 7919 % 100000);
	for (f = 0; f < sizeof(fractions) / sizeof(*fractions); f++) {
		want = (uint64_t)(fractions[f] * 100000 + 0.5);
		got = hist_quantile(&h, fractions[f]);
		check(got >= want && got - want <= want / HIST_SUB,
		      "a quantile off", want);
	}
	check(h.total == 100000, "the total", h.total);
	check(h.max == 100000, "the largest", h.max);
	check(hist_quantile(&h, 1) == 100000, "the last quantile",
	      hist_quantile(&h, 1));
}

int main(void)
{
	test_buckets();
	test_quantiles();
	return failed;
}
