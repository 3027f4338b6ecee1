/* SPDX-License-Identifier: ISC */
/* A configuration file, from its first byte to the last proxy in place. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apid.h"
#include "model.h"

struct apid apid = { .listener = -1 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

static int
file_of(const struct input *in)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	must(fd != -1);
	must(write(fd, in->data, in->size) == (ssize_t)in->size);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* One entry at a time: each is asked for when the one before is answered. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t code = input_byte(&in);
	enum model_mood mood = code < 192 ? MODEL_OBEYS : MODEL_REFUSES;
	int lowest_fd = fuzz_lowest_free_fd();

	chan_open(&apid.supervisor, model_open(0));
	if (in.size > 0)
		config_read(file_of(&in));
	while (model_answer(mood, code) > 0)
		supervisor_readable();
	must(!config_is_pending());
	must(!apid.has_ended);
	chan_close(&apid.supervisor);
	model_close();
	replica_free();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}
