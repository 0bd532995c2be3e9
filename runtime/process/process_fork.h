/* process_fork.h - around fork(2), on the thread that forks. */
#ifndef GREEN_PROCESS_FORK_H
#define GREEN_PROCESS_FORK_H

void fork_prepare(void);  /* before it */
void fork_parent(void);	  /* after it, in the parent */
void rt_fork_child(void); /* in the child, on its one thread */

#endif
