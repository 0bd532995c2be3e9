/* stats.h - the report of --stats. */
#ifndef GREEN_STATS_H
#define GREEN_STATS_H

/* Arrange for the report to be written at exit; idempotent. */
void stats_init(void);

#endif
