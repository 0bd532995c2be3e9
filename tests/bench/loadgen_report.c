/*
 * loadgen_report.c: what the server uses, and what is printed at the end.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "loadgen.h"

static const char *const failure_name[ERR_KINDS] = {
	"connect", "mismatch", "extra", "short", "reset", "timeout",
};

/* --- the server's resources ---------------------------------------------- */

void report_sample(struct sample *s)
{
	char path[64], line[256];
	clockid_t clock;
	FILE *f;

	*s = (struct sample){ -1, -1, -1, -1 };
	if (!opt.pid)
		return;
	if (clock_getcpuclockid((pid_t)opt.pid, &clock) == 0)
		s->cpu_ns = (long long)clock_ns(clock);
	snprintf(path, sizeof(path), "/proc/%ld/status", opt.pid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "Threads: %ld", &s->threads);
		sscanf(line, "VmRSS: %ld", &s->rss_kib);
		sscanf(line, "VmHWM: %ld", &s->hwm_kib);
	}
	fclose(f);
}

/* --- report -------------------------------------------------------------- */

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

static double per_request(long long ns)
{
	return run.measured && ns >= 0 ? us((uint64_t)ns) / (double)run.measured
				       : 0;
}

void report_print(void)
{
	double seconds = (double)run.measure_ns / (double)SECOND;
	double rps = seconds > 0 ? (double)run.measured / seconds : 0;
	long long cpu = run.before.cpu_ns < 0 || run.after.cpu_ns < 0
				? -1
				: run.after.cpu_ns - run.before.cpu_ns;
	const char *form = opt.machine ? "%s=%.*f\n" : "%-22s %.*f\n";
	int i;

#define PUT(name, digits, value) printf(form, name, digits, (double)(value))
	PUT("connections", 0, opt.conns);
	PUT("connected", 0, run.opened);
	PUT("connect_s", 3, (double)run.ramp_ns / (double)SECOND);
	PUT("connect_p50_us", 1, us(hist_quantile(&run.connect_time, 0.5)));
	PUT("connect_max_us", 1, us(run.connect_time.max));
	PUT("size", 0, opt.size);
	PUT("seconds", 3, seconds);
	PUT("requests", 0, run.measured);
	PUT("verified", 0, run.verified);
	PUT("errors", 0, conn_failures());
	for (i = 0; i < ERR_KINDS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "err_%s", failure_name[i]);
		PUT(name, 0, run.failures[i]);
	}
	PUT("rps", 0, rps);
	PUT("p50_us", 1, us(hist_quantile(&run.latency, 0.5)));
	PUT("p90_us", 1, us(hist_quantile(&run.latency, 0.9)));
	PUT("p99_us", 1, us(hist_quantile(&run.latency, 0.99)));
	PUT("p999_us", 1, us(hist_quantile(&run.latency, 0.999)));
	PUT("max_us", 1, us(run.latency.max));
	PUT("client_cpu_us", 3, per_request((long long)run.client_cpu_ns));
	if (opt.pid) {
		PUT("server_cpu_us", 3, per_request(cpu));
		PUT("server_threads", 0, run.after.threads);
		PUT("server_rss_kib", 0, run.after.rss_kib);
		PUT("server_hwm_kib", 0, run.after.hwm_kib);
	}
#undef PUT
}
