/* SPDX-License-Identifier: ISC */
/*
 * A clock of the wall that a test sets, for one child: a library that goes
 * before libc.  By how much it is wrong, in ns, is in a file, which it maps
 * while it may yet.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static int (*honest)(clockid_t, struct timespec *);
static const volatile int64_t *wrong;

__attribute__((constructor)) static void
open_file(void)
{
	int fd = open(getenv("WALL"), O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, sizeof(*wrong), PROT_READ, MAP_SHARED, fd, 0);

	*(void **)&honest = dlsym(RTLD_NEXT, "clock_gettime");
	if (map == MAP_FAILED || honest == NULL)
		_exit(3);
	wrong = map;
	close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int64_t at;

	if (honest(clock, ts) == -1 || clock != CLOCK_REALTIME)
		return 0;
	at = (int64_t)ts->tv_sec * NS_PER_S + ts->tv_nsec + *wrong;
	ts->tv_sec = at / NS_PER_S;
	ts->tv_nsec = at % NS_PER_S;
	return 0;
}
