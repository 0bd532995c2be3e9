/*
 * A library's constructor creates a worker thread and registers a handler that
 * creates it again in the child of a fork, as OpenBLAS does. The child's worker
 * answers, which it can only if the runtime knew of the fork before that
 * handler ran.
 */
#include "constructor.h"

static const char library[] =
	"#include <pthread.h>\n"
	"#include <semaphore.h>\n"
	"static sem_t asked, answered;\n"
	"static void *works(void *a)\n"
	"{ for (;;) { sem_wait(&asked); sem_post(&answered); } }\n"
	"static void begin(void)\n"
	"{ pthread_t t; sem_init(&asked, 0, 0); sem_init(&answered, 0, 0);\n"
	"  pthread_create(&t, 0, works, 0); pthread_detach(t); }\n"
	"void ask(void) { sem_post(&asked); sem_wait(&answered); }\n"
	"__attribute__((constructor)) static void early(void)\n"
	"{ begin(); pthread_atfork(0, 0, begin); }\n";

static const char program[] =
	"#include <stdio.h>\n"
	"#include <sys/wait.h>\n"
	"#include <unistd.h>\n"
	"void ask(void);\n"
	"int main(void)\n"
	"{ int i, status;\n"
	"  ask();\n"
	"  for (i = 0; i < 5; i++) {\n"
	"    pid_t pid = fork();\n"
	"    if (pid == 0) { ask(); _exit(7); }\n"
	"    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||\n"
	"        WEXITSTATUS(status) != 7) return 1;\n"
	"    ask(); }\n"
	"  puts(\"answered by parent and children\");\n"
	"  return 0; }\n";

int main(void)
{
	CHECK_INT(run_with_library(library, program, ""), 0);
	return 0;
}
