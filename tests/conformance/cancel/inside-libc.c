/*
 * Functions of libc that call others inside: which of them act on a pending
 * cancellation. POSIX leaves it open for these; libc's behaviour must be kept.
 */
#include "lib.h"
#include <dirent.h>
#include <dlfcn.h>
#include <error.h>
#include <fmtmsg.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <nl_types.h>
#include <pty.h>
#include <pwd.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/mman.h>
#include <syslog.h>
#include <termios.h>
#include <wordexp.h>

static char path[] = "/tmp/conformance.XXXXXX", buffer[4096];
static FILE *stream, *output;
static struct passwd user, *u;
static struct group group, *g;
static struct hostent host, *h;
static struct addrinfo *ai;
static int error_;
static glob_t found;
static wordexp_t words;
static char *line, *argv[] = { "true", NULL }, *envp[] = { NULL };
static size_t line_size;
static pid_t pid;

static FILE *fresh(void)
{
	FILE *f = fopen(path, "r");

	CHECK(f);
	return f;
}

static int visit(const char *name, const struct stat *st, int flag)
{
	return !name || !st || flag < 0;
}

#define POINTS(X)                                                              \
	X(access, access(path, R_OK))                                          \
	X(catopen, catopen("nonesuch", 0))                                     \
	X(closedir, closedir(opendir("/")))                                    \
	X(dlopen, dlopen("nonesuch.so", RTLD_NOW))                             \
	X(dprintf, dprintf(-1, "x"))                                           \
	X(endpwent, endpwent())                                                \
	X(error, error(0, 0, "message"))                                       \
	X(fclose, fclose(stream))                                              \
	X(fflush, (fputc('x', output), fflush(output)))                        \
	X(fgetc, fgetc(stream))                                                \
	X(fgets, fgets(buffer, 10, stream))                                    \
	X(fmtmsg, fmtmsg(MM_PRINT, "a:b", MM_INFO, "text", "act", "tag"))      \
	X(fopen, fopen("/nonesuch", "r"))                                      \
	X(fprintf, fprintf(output, "%8192d", 1))                               \
	X(fread, fread(buffer, 1, 10, stream))                                 \
	X(freopen, freopen(path, "r", stream))                                 \
	X(fseek, fseek(stream, 100, SEEK_SET))                                 \
	X(ftw, ftw(path, visit, 1))                                            \
	X(fwrite, fwrite(buffer, 1, 4096, output))                             \
	X(getaddrinfo, getaddrinfo("127.0.0.1", NULL, NULL, &ai))              \
	X(getaddrinfo_name, getaddrinfo("localhost", NULL, NULL, &ai))         \
	X(getcwd, getcwd(buffer, 4096))                                        \
	X(getgrgid_r, getgrgid_r(0, &group, buffer, 4096, &g))                 \
	X(gethostbyname_r,                                                     \
	  gethostbyname_r("localhost", &host, buffer, 4096, &h, &error_))      \
	X(getline, getline(&line, &line_size, stream))                         \
	X(getlogin_r, getlogin_r(buffer, 4096))                                \
	X(getpwent, getpwent())                                                \
	X(getpwnam_r, getpwnam_r("root", &user, buffer, 4096, &u))             \
	X(glob, glob("/tm?", 0, NULL, &found))                                 \
	X(iconv_open, iconv_open("nonesuch", "UTF-8"))                         \
	X(mkstemp, mkstemp((char[]){ "/nonesuch/XXXXXX" }))                    \
	X(opendir, opendir("/nonesuch"))                                       \
	X(openpty, openpty((int *)buffer, (int *)buffer + 1, 0, 0, 0))         \
	X(pclose, pclose(stream))                                              \
	X(perror, perror("message"))                                           \
	X(popen, popen("exit 0", "r"))                                         \
	X(posix_spawn, posix_spawn(&pid, "/bin/true", 0, 0, argv, envp))       \
	X(psignal, psignal(SIGINT, "message"))                                 \
	X(readdir, readdir(opendir("/")))                                      \
	X(remove, remove("/nonesuch"))                                         \
	X(rename, rename("/nonesuch", "/nonesuch2"))                           \
	X(setlocale, setlocale(LC_ALL, "nonesuch"))                            \
	X(setvbuf, setvbuf(stream, NULL, _IOFBF, 100))                         \
	X(sem_open, sem_open("/conformance.inside", O_CREAT, 0600, 0))         \
	X(shm_open, shm_open("/nonesuch", O_RDONLY, 0))                        \
	X(syslog, syslog(LOG_DEBUG, "message"))                                \
	X(tmpfile, tmpfile())                                                  \
	X(ttyname_r, ttyname_r(0, buffer, 4096))                               \
	X(unlink, unlink("/nonesuch"))                                         \
	X(ungetc, ungetc('x', stream))                                         \
	X(wordexp, wordexp("$(echo x)", &words, 0))

#include "points.h"

int main(void)
{
	int fd = mkstemp(path);

	CHECK_INT(write(fd, "line\nline\n", 10), 10);
	be_threaded();
	for (intptr_t i = 0; i < COUNT; i++) {
		void *result;

		/* Each call has its own streams, which it may leave locked. */
		stream = i == N_pclose ? popen("exit 0", "r") : fresh();
		output = fopen("/dev/null", "w");
		result = join(start(call_cancelled, (void *)i));
		dprintf(1, "%s %s\n", names[i],
			result == PTHREAD_CANCELED ? "ends" : "goes on");
	}
	sem_unlink("/conformance.inside");
	unlink(path);
	/* exit() would wait for the streams that stay locked (glibc 2.41). */
	_exit(0);
}
