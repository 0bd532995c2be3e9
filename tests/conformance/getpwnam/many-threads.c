/*
 * getpwnam(3), getpwuid(3), getgrnam(3), getgrgid(3) and their _r forms,
 * getgrouplist(3), enumeration: from many threads at once.
 */
#include "lib.h"
#include <grp.h>
#include <pwd.h>

#define THREADS 16
#define ROUNDS	20

static void *asks(void *argument)
{
	char buffer[4096];
	struct passwd user, *u;
	struct group group, *g;
	gid_t groups[64];

	for (int i = 0; i < ROUNDS; i++) {
		int n = 64;

		CHECK_INT(getpwnam_r("root", &user, buffer, sizeof(buffer), &u),
			  0);
		CHECK(u == &user && u->pw_uid == 0);
		CHECK_INT(getpwuid_r(0, &user, buffer, sizeof(buffer), &u), 0);
		CHECK(u == &user && !strcmp(u->pw_name, "root"));
		CHECK_INT(getpwnam_r("nobody-at-all", &user, buffer,
				     sizeof(buffer), &u),
			  0);
		CHECK(!u);
		CHECK_INT(getpwuid_r(0, &user, buffer, 1, &u), ERANGE);
		CHECK_INT(getgrnam_r("root", &group, buffer, sizeof(buffer),
				     &g),
			  0);
		CHECK(g == &group && g->gr_gid == 0);
		CHECK_INT(getgrgid_r(0, &group, buffer, sizeof(buffer), &g), 0);
		CHECK(g == &group && !strcmp(g->gr_name, "root"));
		CHECK(getgrouplist("root", 0, groups, &n) >= 1 && !groups[0]);
	}
	return argument;
}

static void *enumerates(void *argument)
{
	int *n = argument;

	setpwent();
	while (getpwent())
		++*n;
	endpwent();
	setgrent();
	while (getgrent())
		++*n;
	endgrent();
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i, n = 0;

	for (i = 0; i < THREADS; i++)
		threads[i] = start(asks, NULL);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("found by many");
	join(start(enumerates, &n));
	CHECK(n > 2);
	CHECK(getpwnam("root")->pw_uid == 0 && getgrgid(0)->gr_gid == 0);
	ok("all of them in turn");
	return 0;
}
