/*
 * list.h - a lock-free stack of nodes, linked through one of their own fields.
 *
 * Any thread may push, in any context.  Nodes leave all at once (an atomic
 * exchange of the head with NULL) or never: so no node can be popped and pushed
 * again between the two halves of another push (the ABA problem).
 */
#ifndef GREEN_LIST_H
#define GREEN_LIST_H

#include <stdatomic.h>

/* Push node, linked through its field `link`, onto the stack at head, a pointer
 * to an _Atomic pointer to such nodes. */
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
