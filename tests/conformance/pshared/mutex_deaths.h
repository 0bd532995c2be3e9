/*
 * The clauses for a shared mutex whose owner dies: robust ones are recovered,
 * others stay locked.  Included by mutex.h alone.
 */
static void check_recovery(void)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), EOWNERDEAD);
	CHECK_INT(pthread_mutex_consistent(MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
}

static void *kill_later(void *argument)
{
	sleep_ms(20);
	CHECK_INT(kill(*(pid_t *)argument, SIGKILL), 0);
	return NULL;
}

static void *own_for_ever(void *argument)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	if (argument == NULL)
		return NULL;
	reach(1);
	for (;;)
		sleep_ms(1000);
}

UNUSED static void *exit_owning(void *argument)
{
	CHECK_INT(pthread_mutex_lock(MUTEX), 0);
	_exit((int)(intptr_t)argument);
}

/* A process that owns the mutex and is as green as this one. */
static pid_t fork_owner(void *(*how)(void *), void *argument)
{
	pid_t pid;

	reach(0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		be_threaded();
		join(start(how, argument));
		_exit(0);
	}
	return pid;
}

static void check_deaths(int type)
{
	pthread_t killer;
	pid_t pid, other;

	make(type);
	pid = run_peer(OWNS_AND_DIES);
	await(1);
	killer = start(kill_later, &pid);
	check_recovery();
	join(killer);
	CHECK_INT(wait_for(pid), SIGKILL);
	ok("the peer is killed");

	pid = fork_owner(own_for_ever, "");
	await(1);
	other = run_peer(WAITS_FOR_THE_DEAD);
	await(1);
	await_sleep();
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(wait_for(pid), SIGKILL);
	CHECK_INT(wait_for(other), 0);
	ok("the peer waits for one that is killed");

	pid = fork_owner(own_for_ever, "");
	await(1);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(wait_for(pid), SIGKILL);
	check_recovery();
	ok("one like us is killed");

	pid = fork_owner(exit_owning, (void *)3);
	CHECK_INT(wait_for(pid), 3 << 8);
	check_recovery();
	ok("it exits");

	pid = fork_owner(own_for_ever, NULL);
	CHECK_INT(wait_for(pid), 0);
	check_recovery();
	ok("its thread ends");

	join(start(own_for_ever, NULL));
	other = run_peer(WAITS_FOR_THE_DEAD);
	CHECK_INT(wait_for(other), 0);
	ok("our thread ends, the peer goes on");

	pid = run_peer(OWNS_AND_DIES);
	await(1);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(wait_for(pid), SIGKILL);
	CHECK_INT(pthread_mutex_trylock(MUTEX), EOWNERDEAD);
	switch (type) {
	case PTHREAD_MUTEX_ERRORCHECK:
		CHECK_INT(pthread_mutex_lock(MUTEX), EDEADLK);
		break;
	case PTHREAD_MUTEX_RECURSIVE:
		CHECK_INT(pthread_mutex_lock(MUTEX), 0);
		CHECK_INT(pthread_mutex_unlock(MUTEX), ENOTRECOVERABLE);
		break;
	}
	CHECK_INT(pthread_mutex_unlock(MUTEX), 0);
	CHECK_INT(pthread_mutex_consistent(MUTEX), EINVAL);
	CHECK_INT(pthread_mutex_lock(MUTEX), ENOTRECOVERABLE);
	CHECK_INT(pthread_mutex_trylock(MUTEX), ENOTRECOVERABLE);
	CHECK_INT(pthread_mutex_destroy(MUTEX), 0);
	ok("type %d: not recoverable", type);
}
