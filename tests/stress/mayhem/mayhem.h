/*
 * mayhem.h - what the parts of the mayhem program share.
 *
 * A round has some players, threads that do one deed after another, chosen at
 * random from the tables below.  A deed is complete in itself: it removes
 * what it creates, and checks what must hold.  Deeds that spawn threads
 * give them deeds of their own, so everything runs beside everything else.
 *
 * Signals come at any time, some with handlers that do not restart calls: a
 * deed says AGAIN() around what they may interrupt.
 */
#ifndef MAYHEM_H
#define MAYHEM_H

#include "../stress.h"

struct player {
	struct random random;
	int depth; /* 0: a player; below it threads of threads */
#define IN_CHILD 10
	struct slot *slot;
};

struct deed {
	const char *name;
	void (*run)(struct player *);
	int weight;
};

extern const struct deed lock_deeds[], thread_deeds[], signal_deeds[],
	timer_deeds[], io_deeds[], socket_deeds[], child_deeds[];

/*
 * What each thread does, for the watchdog: a process of its own, which shares
 * this memory and nothing else, so that it lives whatever happens here.
 */
#define SLOTS	 256
#define CHILDREN 256
struct slot {
	int used; /* 0: free, else the process */
	int depth;
	const char *volatile doing; /* a literal: the watchdog is a fork */
	volatile long count;
};
struct shared {
	volatile long progress;
	volatile int round;
	struct slot slots[SLOTS];
	volatile pid_t children[CHILDREN]; /* to be asked for a dump too */
};
extern struct shared *shared;

#define AGAIN(call)                                                            \
	({                                                                     \
		__typeof__(call) again_;                                       \
		do                                                             \
			again_ = (call);                                       \
		while (again_ == -1 && errno == EINTR);                        \
		again_;                                                        \
	})

/* Real-time signals and what they are for; see signals.c, timers.c. */
#define SIG_COUNTED  (SIGRTMIN + 1) /* handled, without SA_RESTART: exact */
#define SIG_WAITED   (SIGRTMIN + 2) /* blocked everywhere, for sigwait */
#define SIG_TIMER    (SIGRTMIN + 3) /* of timer_create, to the process */
#define SIG_OWN	     (SIGRTMIN + 4) /* blocked everywhere, sent to oneself */
#define SIG_WAKE     (SIGRTMIN + 5) /* blocked but in sigsuspend and kin */
#define SIG_ALTSTACK (SIGRTMIN + 6)
#define SIG_JUMP     (SIGRTMIN + 7)
#define SIG_FD	     (SIGRTMIN + 8) /* blocked everywhere, for a signalfd */

/* mayhem.c */
void play(struct player *player, int deeds);
void player_begin(struct player *player, unsigned seed, int depth);
void player_end(struct player *player);
void doing(struct player *player, const char *what);
void note_child(pid_t pid);
void forget_child(pid_t pid);
pthread_t random_player(struct random *random); /* 0: none is there */
void block_storms(sigset_t *old); /* for what no handler may interrupt */
int random_status(struct random *random);

/* Counts that must agree at the end of each round. */
extern long threads_begun, threads_ended, values_set, values_destroyed;
extern long cleanups_pushed, cleanups_run;
#define COUNT(counter) __atomic_add_fetch(&(counter), 1, __ATOMIC_SEQ_CST)
#define VALUE(counter) __atomic_load_n(&(counter), __ATOMIC_SEQ_CST)

void signals_begin(void);      /* once, by the only thread */
void signals_round_over(void); /* all that was sent has arrived */
void signals_in_child(void);
void locks_begin(void);
void locks_round_over(void);
void threads_begin(void);
int connect_surely(const struct sockaddr_in *address);
void connection(int fds[2]); /* both ends of one */
void io_begin(void);
void io_end(void);
void children_begin(const char *program);
int children_main(int argc, char **argv); /* the program, run by a child */
pid_t fork_child(void);
int reap(pid_t pid); /* its wait status */

/* threads.c: cancel a thread in some kind of wait. */
void cancel_somebody(struct player *player);

#endif
