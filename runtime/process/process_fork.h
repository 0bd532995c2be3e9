/* process_fork.h - around fork(2), on the thread that forks. */
#ifndef GREEN_PROCESS_FORK_H
#define GREEN_PROCESS_FORK_H

/* Before the call; after it in the parent, even if the call failed. */
void fork_prepare(void);
void fork_parent(void);
/* In the child, on its one thread: there are no fibers until the child spawns a
 * thread. */
void rt_fork_child(void);

#endif
