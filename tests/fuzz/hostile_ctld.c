/* SPDX-License-Identifier: ISC */
/*
 * A ctld that has been taken over.  A test puts it in the place of the true
 * one; it hands the line to toxid, and the doorbell, to the test, which listens
 * at a socket beside the program, and from then on asks in its name.  A byte
 * that comes from there is the status that it exits with.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agreed.h"
#include "priv.h"
#include "sent.h"

/* What the test has of its own is compared with it. */
struct greeting {
	uint32_t version, question_size, answer_size, is_trial;
};

/* At "ctld.sock", beside the program. */
static int
stage_connect(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char self[sizeof(to.sun_path)], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int s, len;

	if (n <= 0)
		exit(2);
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		exit(2);
	*slash = '\0';
	len = snprintf(to.sun_path, sizeof(to.sun_path), "%s/ctld.sock", self);
	if (len < 0 || (size_t)len >= sizeof(to.sun_path) ||
	    (s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(s, (const struct sockaddr *)&to, sizeof(to)) == -1)
		exit(2);
	return s;
}

static void
hand_over(int stage)
{
	struct greeting g = { PRIV_VERSION, sizeof(struct priv_question),
		sizeof(struct priv_answer), getenv(PRIV_TRIAL) != NULL };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { &g, sizeof(g) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	/* in the trial of an upgrade: the truth, and no bell */
	int fds[2] = { CHAN_FD, DOORBELL_FD }, n = g.is_trial ? 1 : 2;

	mh.msg_control = &control;
	mh.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(&control.align), fds, (size_t)n * sizeof(int));
	if (sent(stage, &mh, 0) == -1)
		exit(2);
	while (n-- > 0)
		close(fds[n]);
}

int
main(void)
{
	int stage = stage_connect();
	unsigned char status = 2;

	hand_over(stage);
	while (read(stage, &status, 1) == -1 && errno == EINTR)
		continue;
	return status;
}
