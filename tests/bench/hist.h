/*
 * hist.h: a histogram of durations with buckets that grow with the value.
 *
 * As in HdrHistogram, each power of two is cut into HIST_SUB linear buckets, so
 * that any value from 1 ns to hours is kept within 1/HIST_SUB (1.6 %) of what
 * it was, in a fixed 30 KiB and with a few instructions for a record.
 */
#ifndef HIST_H
#define HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_SUB      (1u << HIST_SUB_BITS)
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) * HIST_SUB)

struct hist {
	uint64_t total; /* how many values were recorded */
	uint64_t max;	/* the largest of them, exactly */
	uint64_t count[HIST_BUCKETS];
};

static inline unsigned int hist_bucket(uint64_t value)
{
	unsigned int shift;

	if (value < HIST_SUB)
		return (unsigned int)value;
	/* Bit HIST_SUB_BITS is the top bit that stays after the shift. */
	shift = 63 - (unsigned int)__builtin_clzll(value) - HIST_SUB_BITS;
	return (shift + 1) * HIST_SUB +
	       (unsigned int)((value >> shift) - HIST_SUB);
}

/* The largest value that falls into a bucket: percentiles err upwards. */
static inline uint64_t hist_upper(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < HIST_SUB)
		return bucket;
	shift = bucket / HIST_SUB - 1;
	return (((uint64_t)HIST_SUB + bucket % HIST_SUB) << shift) +
	       ((1ull << shift) - 1);
}

static inline void hist_record(struct hist *h, uint64_t value)
{
	h->count[hist_bucket(value)]++;
	h->total++;
	if (value > h->max)
		h->max = value;
}

/* The value that `fraction` (0 to 1) of all recorded values do not exceed. */
static inline uint64_t hist_quantile(const struct hist *h, double fraction)
{
	uint64_t rank = (uint64_t)(fraction * (double)h->total + 0.5);
	uint64_t seen = 0;
	unsigned int i;

	if (rank < 1)
		rank = 1;
	for (i = 0; i < HIST_BUCKETS; i++) {
		seen += h->count[i];
		if (seen >= rank)
			return hist_upper(i) < h->max ? hist_upper(i) : h->max;
	}
	return h->max;
}

#endif
