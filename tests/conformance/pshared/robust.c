/*
 * A robust mutex shared between processes, of which one is native: who dies
 * owning it, by SIGKILL too, hands it on; and it is a mutex otherwise.
 */
#define MUTEX_PROTOCOL PTHREAD_PRIO_NONE
#define MUTEX_ROBUST   PTHREAD_MUTEX_ROBUST
#include "mutex.h"

int main(int argc, char **argv)
{
	return check_mutexes(argc, argv);
}
