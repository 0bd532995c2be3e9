/*
 * A robust, priority-inheriting mutex shared between processes, one of which
 * is native: the next owner gets EOWNERDEAD when the owner dies, by SIGKILL
 * too; otherwise it works like any mutex.
 */
#define MUTEX_PROTOCOL PTHREAD_PRIO_INHERIT
#define MUTEX_ROBUST   PTHREAD_MUTEX_ROBUST
#include "mutex.h"

int main(int argc, char **argv)
{
	return check_mutexes(argc, argv);
}
