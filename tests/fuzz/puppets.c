/* SPDX-License-Identifier: ISC */
/* See puppets.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind_policy.h"
#include "endpoint.h"
#include "fuzz.h"
#include "inspect.h"
#include "listen.h"
#include "puppets.h"
#include "spawn.h"
#include "state.h"

struct puppet puppets[PUPPETS_MAX];
pid_t puppet_last_pid;
int64_t puppet_now;

static struct puppet *
puppet_new(enum role role)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid != 0)
			continue;
		memset(p, 0, sizeof(*p));
		p->pid = ++puppet_last_pid;
		p->role = role;
		chan_open(&p->chan, -1);
		return p;
	}
	errno = EAGAIN;
	return NULL;
}

int
spawn_changes_root(enum role role)
{
	(void)role;
	return 0;
}

pid_t
priv_spawn(enum role role, uint32_t uid, const char *title, int chan_fd)
{
	struct puppet *p = puppet_new(role);

	(void)uid;
	(void)title;
	if (p == NULL)
		return -1;
	chan_open(&p->chan, dup(chan_fd));
	return p->pid;
}

void
puppet_die(struct puppet *p, int status)
{
	if (p->has_died)
		return;
	p->has_died = 1;
	p->status = status;
	chan_close(&p->chan);
}

int __wrap_kill(pid_t, int);
pid_t __wrap_wait4(pid_t, int *, int, struct rusage *);
int64_t __wrap_clock_now(void);
pid_t __wrap_fork(void);
int __wrap_execve(const char *, char *const[], char *const[]);

int
__wrap_kill(pid_t pid, int signo)
{
	struct puppet *p;

	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid == pid) {
			puppet_die(p, signo);
			return 0;
		}
	}
	must(!"a process that is not its child's was killed");
	return -1;
}

pid_t
__wrap_wait4(pid_t pid, int *status, int options, struct rusage *ru)
{
	struct puppet *p;

	(void)pid;
	(void)options;
	memset(ru, 0, sizeof(*ru));
	for (p = puppets; p < puppets + PUPPETS_MAX; p++) {
		if (p->pid == 0 || !p->has_died)
			continue;
		*status = p->status;
		pid = p->pid;
		p->pid = 0;
		return pid;
	}
	return 0;
}

/* Only a trial of the program that is to come is forked here. */
pid_t
__wrap_fork(void)
{
	const struct puppet *p = puppet_new(ROLE_CTLD);

	return p != NULL ? p->pid : -1;
}

/* The program is never exchanged: it goes on. */
int
__wrap_execve(const char *path, char *const argv[], char *const env[])
{
	(void)path;
	(void)argv;
	(void)env;
	errno = ENOEXEC;
	return -1;
}

int64_t
__wrap_clock_now(void)
{
	return puppet_now;
}

int
descriptor_is_reserved(int fd)
{
	(void)fd;
	return 0;
}

enum endpoint_error
priv_bind(const struct bind_policy *policy, const struct address *a, int *fd,
    struct address *bound)
{
	*fd = -1;
	*bound = *a;
	if (policy != NULL && !bind_policy_allows(policy, a))
		return ENDPOINT_DENIED;
	if (a->family == 0 || a->port == 13) {
		errno = a->port == 13 ? EADDRINUSE : EAFNOSUPPORT;
		return ENDPOINT_SYSTEM;
	}
	*fd = fcntl(toxid.api_fd, F_DUPFD_CLOEXEC, 0);
	if (bound->port == 0)
		bound->port = 1;
	return *fd == -1 ? ENDPOINT_SYSTEM : ENDPOINT_OK;
}

const char *
listen_error_text(
    enum endpoint_error e, const struct endpoint *to, char *text, size_t size)
{
	return endpoint_error_text(to, e, errno, text, size);
}

enum endpoint_error
priv_bind_instead(const struct bind_policy *policy, int old,
    const struct address *a, int *fd, struct address *bound)
{
	(void)old;
	return priv_bind(policy, a, fd, bound);
}

enum endpoint_error
priv_bind_anew(
    const struct bind_policy *policy, int *fd, const struct address *a)
{
	(void)policy;
	(void)fd;
	(void)a;
	return ENDPOINT_OK;
}

const char *
listen_fault(int fd, const struct address *a)
{
	(void)fd;
	(void)a;
	return NULL;
}

int
listen_accepts(int fd)
{
	(void)fd;
	return 1;
}

void
priv_stop_listening(int fd)
{
	(void)fd;
}

void
priv_relisten(int fd)
{
	(void)fd;
}

void
priv_unbind(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}
