/* What every-pointer.c calls. */
#ifndef EFAULT_CALLED_H
#define EFAULT_CALLED_H

static const struct called {
	const char *name, *args;
	long nr; /* -1: a function */
} all[] = {
#define SYM(result, name, args, version, file, policy) { #name, #args, -1 },
#define ALIAS(alias, name)
#include "../../../shim/symbols.def"
#define NUMBER(name, args) { "syscall " #name, #args, SYS_##name },
	NUMBER(rt_sigprocmask,
	       (int how, uint64_t *set, uint64_t *old,
		long eight)) NUMBER(rt_sigaction,
				    (int sig, void *act, void *old, long eight))
		NUMBER(rt_sigpending, (uint64_t * set, long eight)) NUMBER(
			rt_sigtimedwait,
			(uint64_t * set, void *info, struct timespec *t,
			 long eight)) NUMBER(rt_sigsuspend,
					     (uint64_t * set, long eight))
			NUMBER(rt_sigqueueinfo,
			       (int own_pid, int sig,
				void *info)) NUMBER(rt_tgsigqueueinfo,
						    (int own_pid, int tid,
						     int sig, void *info))
				NUMBER(sigaltstack,
				       (stack_t * stack,
					stack_t *old)) NUMBER(signalfd4,
							      (int minus,
							       uint64_t *set,
							       long eight,
							       int flags))
					NUMBER(timer_create,
					       (int clock, void *event, int *timer)) NUMBER(nanosleep,
											    (struct timespec * request, void *left)) NUMBER(clock_nanosleep, (int clock, int flags, struct timespec *request, void *left)) NUMBER(clock_gettime, (int own_time, struct timespec *now)) NUMBER(select, (int n,
																																				       fd_set
																																					       *in_set,
																																				       fd_set
																																					       *out_set,
																																				       fd_set *ex_set, struct timeval *timeout)) NUMBER(pselect6, (int n, fd_set *in_set, fd_set *out_set, fd_set *ex_set, struct timespec *t, void *mask)) NUMBER(ppoll,
																																																								   (
																																																									   struct pollfd * fds, int n, struct timespec *t, uint64_t *set, long eight)) NUMBER(epoll_pwait,
																																																																			      (
																																																																				      int fd,
																																																																				      void *events,
																																																																				      int n,
																																																																				      int timeout,
																																																																				      uint64_t *
																																																																					      set,
																																																																				      long eight)) NUMBER(waitid,
																																																																							  (int type, int who, void *info,
																																																																							   int options,
																																																																							   void *use)) NUMBER(getrusage,
																																																																									      (int thread,
																																																																									       void *usage)) NUMBER(sched_setaffinity,
																																																																												    (int tid,
																																																																												     long n, void *set)) NUMBER(sched_getaffinity, (int tid, long n,
																																																																																		    void
																																																																																			    *set)) NUMBER(sched_setscheduler,
																																																																																					  (int tid, int policy,
																																																																																					   void *param)) NUMBER(sched_setparam,
																																																																																								(int tid,
																																																																																								 void *
																																																																																									 param)) NUMBER(sched_getparam,
																																																																																											(
																																																																																												int
																																																																																													tid,
																																																																																												void *param)) NUMBER(sched_rr_get_interval,
																																																																																														     (int tid,
																																																																																														      void *
																																																																																															      interval)) NUMBER(sched_setattr,
																																																																																																		(int tid,
																																																																																																		 void *
																																																																																																			 attr,
																																																																																																		 int
																																																																																																			 flags)) NUMBER(sched_getattr,
																																																																																																					(int tid, void *attr, int attr_size, int flags)) NUMBER(capget,
																																																																																																												(
																																																																																																													void *header, void
																																																																																																															      *
																																																																																																																      data)) NUMBER(capset,
																																																																																																																		    (
																																																																																																																			    void *header, void *
																																																																																																																						  data)) NUMBER(openat2, (int cwd, const char *path, void *how_to,
																																																																																																																									  long
																																																																																																																										  how_size)) NUMBER(prlimit64, (int pid, int what, void *set,
																																																																																																																														void
																																																																																																																															*old)) NUMBER(getrandom,
																																																																																																																																      (void *buf,
																																																																																																																																       long n,
																																																																																																																																       int flags)) NUMBER(preadv,
																																																																																																																																			  (int fd, struct iovec *iov, int n,
																																																																																																																																			   long at)) NUMBER(pwritev,
																																																																																																																																					    (int
																																																																																																																																						     fd,
																																																																																																																																					     struct iovec *iov, int n, long at)) NUMBER(semtimedop, (int id, struct sembuf *ops, int one,
																																																																																																																																												     struct timespec *t)) NUMBER(mq_timedsend,
																																																																																																																																																 (int fd,
																																																																																																																																																  char *message,
																																																																																																																																																  int n,
																																																																																																																																																  int priority,
																																																																																																																																																  struct
																																																																																																																																																  timespec
																																																																																																																																																	  *t))
						NUMBER(mq_timedreceive, (int fd, char *message, int n, int *priority, struct timespec *t)) NUMBER(
							io_getevents,
							(long context, long one,
							 long n,
							 void *events,
							 struct
							 timespec *
								 t)) NUMBER(fcntl,
									    (int fd, int get_lock,
									     struct
									     flock *lock)) NUMBER(fcntl,
												  (int fd, int wait_lock, struct flock *lock))
							NUMBER(fcntl, (int fd, int set_owner, void *owner)) NUMBER(
								fcntl,
								(int fd,
								 int get_owner,
								 void *owner)) NUMBER(ioctl,
										      (int fd, int nonblock, int *on))
								NUMBER(ioctl,
								       (int fd,
									int unread,
									int *bytes)) NUMBER(prctl,
											    (int set_name,
											     char *name))
									NUMBER(prctl,
									       (int get_name,
										char *name))
										NUMBER(prctl,
										       (int get_death,
											int *sig))
};

#endif
