/*
 * A priority-inheriting mutex shared between processes, one of which is
 * native: pthread_mutexattr_setpshared(3).
 */
#define MUTEX_PROTOCOL PTHREAD_PRIO_INHERIT
#define MUTEX_ROBUST   PTHREAD_MUTEX_STALLED
#include "mutex.h"

int main(int argc, char **argv)
{
	return check_mutexes(argc, argv);
}
