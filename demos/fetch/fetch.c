/*
 * fetch: downloads many files at once, with libcurl and a thread for each URL.
 *
 * libcurl's easy interface blocks: a thread calls curl_easy_perform and has its
 * file when that returns. The main thread shows how far all have come, waiting
 * on a condition variable with a timeout between one look and the next.
 */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_MS 100

struct download {
	const char *url;
	const char *name; /* the last part of the URL */
	pthread_t thread;
	FILE *file;
	uint64_t checksum;
	uint64_t size;
	char error[128]; /* empty: all is well */
};

static const char *directory = ".";
static bool progress;

/* What the main thread watches; `finished` belongs to the lock. */
static atomic_ullong received;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static int finished;

/* --- one download -------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void fail(struct download *d,
						       const char *format, ...)
{
	va_list args;

	/* The first error is the cause of the others. */
	if (d->error[0])
		return;
	va_start(args, format);
	vsnprintf(d->error, sizeof(d->error), format, args);
	va_end(args);
}

/* FNV-1a: enough to tell files apart in what is printed. */
static uint64_t checksum(uint64_t sum, const unsigned char *data, size_t size)
{
	while (size--)
		sum = (sum ^ *data++) * 0x100000001b3ull;
	return sum;
}

static size_t store(char *data, size_t one, size_t size, void *arg)
{
	struct download *d = arg;

	(void)one;
	if (fwrite(data, 1, size, d->file) != size) {
		fail(d, "cannot write: %s", strerror(errno));
		return 0;
	}
	d->checksum = checksum(d->checksum, (unsigned char *)data, size);
	d->size += size;
	atomic_fetch_add(&received, size);
	return size;
}

static void perform(struct download *d)
{
	CURL *curl = curl_easy_init();
	long status = 0;
	CURLcode code;

	if (!curl) {
		fail(d, "no memory");
		return;
	}
	curl_easy_setopt(curl, CURLOPT_URL, d->url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, store);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, d);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	/* Timeouts by SIGALRM are not for programs with threads. */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
	/* Only what the user names is asked, whatever the environment says. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_HTTP_RETURNED_ERROR)
		fail(d, "the server says %ld", status);
	else if (code == CURLE_COULDNT_CONNECT)
		fail(d, "cannot connect");
	else if (code != CURLE_OK)
		fail(d, "%s", curl_easy_strerror(code));
	curl_easy_cleanup(curl);
}

/* The file has its name only when it is whole. */
static void fetch_to(struct download *d, const char *part, const char *path)
{
	d->file = fopen(part, "we");
	if (!d->file) {
		fail(d, "%s: %s", part, strerror(errno));
		return;
	}
	perform(d);
	if (fclose(d->file) != 0)
		fail(d, "cannot write: %s", strerror(errno));
	if (!d->error[0] && rename(part, path) < 0)
		fail(d, "%s: %s", path, strerror(errno));
	if (d->error[0])
		unlink(part);
}

static void *fetch(void *arg)
{
	struct download *d = arg;
	char *part, *path;

	if (!*d->name) {
		fail(d, "the URL names no file");
	} else if (asprintf(&part, "%s/%s.part", directory, d->name) >= 0 &&
		   asprintf(&path, "%s/%s", directory, d->name) >= 0) {
		fetch_to(d, part, path);
		free(part);
		free(path);
	} else {
		fail(d, "no memory");
	}
	pthread_mutex_lock(&lock);
	finished++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* --- all of them --------------------------------------------------------- */

static void show(int count, bool last)
{
	if (!progress)
		return;
	fprintf(stderr, "\rfetch: %d of %d files, %.1f MB%s", finished, count,
		(double)atomic_load(&received) / 1e6, last ? "\n" : "");
}

static void watch(int count)
{
	struct timespec next;

	pthread_mutex_lock(&lock);
	while (finished < count) {
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += PROGRESS_MS * 1000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		pthread_cond_timedwait(&changed, &lock, &next);
		show(count, false);
	}
	show(count, true);
	pthread_mutex_unlock(&lock);
}

static int report(struct download *downloads, int count)
{
	int i, failed = 0;

	for (i = 0; i < count; i++) {
		struct download *d = &downloads[i];

		if (d->error[0]) {
			printf("%s: failed: %s\n", d->name, d->error);
			failed++;
		} else {
			printf("%s: %llu bytes, checksum %016llx\n", d->name,
			       (unsigned long long)d->size,
			       (unsigned long long)d->checksum);
		}
	}
	printf("%d of %d files\n", count - failed, count);
	return failed ? 1 : 0;
}

/* Two threads must not write one file. */
static bool is_double(const struct download *downloads, int i)
{
	int j;

	for (j = 0; j < i; j++) {
		if (!strcmp(downloads[j].name, downloads[i].name))
			return true;
	}
	return false;
}

static int fetch_all(char **urls, int count)
{
	struct download *downloads = calloc((size_t)count, sizeof(*downloads));
	pthread_condattr_t attr;
	int i, error, status;

	if (!downloads) {
		perror("fetch");
		return 1;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (i = 0; i < count; i++) {
		struct download *d = &downloads[i];
		char *slash = strrchr(urls[i], '/');

		d->url = urls[i];
		d->name = slash ? slash + 1 : urls[i];
		d->checksum = 0xcbf29ce484222325ull;
		if (is_double(downloads, i)) {
			fprintf(stderr, "fetch: two URLs for %s\n", d->name);
			exit(2);
		}
	}
	for (i = 0; i < count; i++) {
		struct download *d = &downloads[i];

		error = pthread_create(&d->thread, NULL, fetch, d);
		if (error) {
			fprintf(stderr, "fetch: no thread: %s\n",
				strerror(error));
			exit(1);
		}
	}
	watch(count);
	for (i = 0; i < count; i++)
		pthread_join(downloads[i].thread, NULL);
	status = report(downloads, count);
	curl_global_cleanup();
	free(downloads);
	return status;
}

int main(int argc, char **argv)
{
	int opt;

	progress = isatty(STDERR_FILENO);
	while ((opt = getopt(argc, argv, "d:pq")) != -1) {
		switch (opt) {
		case 'd':
			directory = optarg;
			break;
		case 'p':
			progress = true;
			break;
		case 'q':
			progress = false;
			break;
		default:
			goto usage;
		}
	}
	if (optind < argc)
		return fetch_all(argv + optind, argc - optind);
usage:
	fputs("usage: fetch [-p|-q] [-d DIRECTORY] URL...\n"
	      "Download all URLs at once, a thread for each.\n"
	      "  -d DIRECTORY  where to (.)\n"
	      "  -p, -q        with or without a progress line on stderr; by\n"
	      "                default with, where that is a terminal\n",
	      stderr);
	return 2;
}
