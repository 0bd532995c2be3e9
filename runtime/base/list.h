/*
 * list.h - a lock-free stack of nodes that are linked by a field of theirs.
 *
 * Any thread pushes; nodes leave all at once (an atomic exchange of the head
 * with NULL) or never, so that no node is popped and pushed again between the
 * two halves of a push.
 */
#ifndef GREEN_LIST_H
#define GREEN_LIST_H

#include <stdatomic.h>

/* Push node, linked by its field `link`, onto the stack at head (a pointer to
 * an _Atomic pointer to such nodes). */
#define STACK_PUSH(head, node, link)                                           \
	do {                                                                   \
		__typeof__(node) old_ =                                        \
			atomic_load_explicit((head), memory_order_relaxed);    \
                                                                               \
		do {                                                           \
			(node)->link = old_;                                   \
		} while (                                                      \
			!atomic_compare_exchange_weak((head), &old_, (node))); \
	} while (0)

#endif
