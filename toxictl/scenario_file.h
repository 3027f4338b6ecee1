/* SPDX-License-Identifier: ISC */
/* A file of one scenario. */
#ifndef SCENARIO_FILE_H
#define SCENARIO_FILE_H

#include "config.h"

struct scenario_file {
	struct toxi_scenario scenario; /* all that it points to is the file's */
	struct toxi_step *steps;
	struct config config; /* its list has a row for each step's toxics */
};

/*
 * As the API takes it, or shows it; "-" is stdin.  -1: config.error says why.
 * To be freed in any case.
 */
int scenario_file_read(struct scenario_file *, const char *path);
void scenario_file_free(struct scenario_file *);

#endif
