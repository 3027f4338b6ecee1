/* SPDX-License-Identifier: ISC */
/*
 * toxid: the start.  What is text is read here, before there is anybody else,
 * and what has a path is opened; then the supervisor takes this process.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api_socket.h"
#include "descriptors.h"
#include "environment.h"
#include "give_up.h"
#include "given.h"
#include "log.h"
#include "loss.h"
#include "nitems.h"
#include "notify.h"
#include "options.h"
#include "output.h"
#include "programs.h"
#include "reload.h"
#include "state_dir.h"
#include "token.h"

/* With fewer there would be no API, or not a proxy. */
#define DESCRIPTORS_MIN 48

static struct options options;
struct given given = {
	.version = TOXID_VERSION,
	.size = sizeof(given),
	.fds = { [GIVEN_STATE_DIR] = -1,
	    [GIVEN_STATE_LOCK] = -1,
	    [GIVEN_API_SOCKET] = -1 },
};

/* Of a file that is only checked nothing is logged: it is said to who asks. */
static void
log_start(void)
{
	int known, level = options_log_level(getenv("LOG_LEVEL"), &known);

	if (options.check != NULL)
		level = LOG_FATAL + 1;
	output_open("toxid", level, options.log_format);
	log_init(level, output_own);
}

/* Whatever it would be to gain by an exec is gained by nobody below. */
static void
privileges_freeze(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("%s", __func__);
}

/* They mean nothing here, and would be the end: for children, too. */
static void
signals_ignore(void)
{
	static const int none_of_ours[] = { SIGPIPE, SIGUSR1, SIGALRM,
		SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT };
	size_t i;

	for (i = 0; i < nitems(none_of_ours); i++)
		signal(none_of_ours[i], SIG_IGN);
}

/* Two for each proxy. */
static void
descriptors_check(void)
{
	struct rlimit rl;

	descriptors_raise();
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if (rl.rlim_cur < DESCRIPTORS_MIN)
		fatalx("%d descriptors are too few: %d is the least",
		    (int)rl.rlim_cur, DESCRIPTORS_MIN);
}

/* What is too long for its room is none that there is. */
static void
copy(char *to, size_t size, const char *from)
{
	if (from == NULL)
		from = "";
	if (strlen(from) >= size)
		give_up(strerror(ENAMETOOLONG));
	memcpy(to, from, strlen(from) + 1);
}

/* As far as it is said in numbers; the rest is for the resolver to know. */
static void
copy_api(void)
{
	struct address *a = &given.api;
	char *end;
	long port = strtol(options.port, &end, 10);

	if (inet_pton(AF_INET, options.host, a->ip) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, options.host, a->ip) == 1)
		a->family = 6;
	*a = address_unmapped(a);
	a->port = (uint16_t)port;
	given.has_api_port =
	    *end == '\0' && end != options.port && port == (uint16_t)port;
}

static void
copy_options(void)
{
	given.uid_base = (uint32_t)options.uid_base;
	given.bind_policy = options.bind_policy;
	copy_api();
	copy(given.files[PRIV_FILE_CONFIG], PATH_MAX, options.config);
	copy(given.files[PRIV_FILE_CHECK], PATH_MAX, options.check);
	copy(given.files[PRIV_FILE_CERTIFICATE], PATH_MAX, options.tls_cert);
	copy(given.files[PRIV_FILE_KEY], PATH_MAX, options.tls_key);
}

/* Where an upgrade will look for the next one. */
static void
path_find(void)
{
	ssize_t n =
	    readlink("/proc/self/exe", given.path, sizeof(given.path) - 1);

	given.path[n > 0 ? n : 0] = '\0';
}

/* After an upgrade the tables have them, and a check needs none. */
static void
open_paths(void)
{
	if (options.state != NULL && *options.state != '\0')
		state_dir_open(options.state, &given);
	if (options_have_socket(&options))
		api_socket_open(options.api_socket, &given);
}

/* ---- what goes over */

static void
inherit(int fd)
{
	if (fd != -1 && fcntl(fd, F_SETFD, 0) == -1)
		fatal("%s", __func__);
}

static void
inherit_all(void)
{
	size_t i;

	for (i = 0; i < nitems(given.fds); i++)
		inherit(given.fds[i]);
	for (i = 0; i < nitems(given.loss.programs); i++)
		inherit(given.loss.programs[i]);
	for (i = 0; i < nitems(given.loss.shared); i++)
		inherit(given.loss.shared[i]);
}

static void __attribute__((__noreturn__)) supervise(char *argv[])
{
	int fd = memfd_create("toxid", 0);

	if (fd == -1 ||
	    write(fd, &given, sizeof(given)) != (ssize_t)sizeof(given) ||
	    lseek(fd, 0, SEEK_SET) == -1)
		give_up(strerror(errno));
	inherit_all();
	environment_cut();
	output_flush();
	if (fd != GIVEN_FD && dup2(fd, GIVEN_FD) == -1)
		give_up(strerror(errno));
	if (fd != GIVEN_FD)
		close(fd);
	syscall(SYS_execveat, program_supervisor(), "", argv, environ,
	    AT_EMPTY_PATH);
	give_up(strerror(errno));
}

int
main(int argc, char *argv[])
{
	given.fds[GIVEN_ENVIRONMENT] = environment_restore();
	given.tables_fd = environment_tables();
	options_parse(&options, argc, argv);
	if (options.reload != 0)
		reload_ask((pid_t)options.reload);
	log_start();
	copy_options();
	path_find();
	privileges_freeze();
	signals_ignore();
	notify_open(&given);
	token_take(&given);
	descriptors_check();
	programs_open(&given);
	loss_open(&given);
	if (given.tables_fd == -1 && options.check == NULL)
		open_paths();
	supervise(argv);
}
