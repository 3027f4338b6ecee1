/* SPDX-License-Identifier: ISC */
#ifndef DIFFERENCE_PRINT_H
#define DIFFERENCE_PRINT_H

#include <stdint.h>

struct change;
struct toxic_spec;

/*
 * Of a proxy in a document, with its toxics: has it changed?  Never 0.  What is
 * as it was has the same, and nothing else by chance.
 */
uint64_t difference_print(const struct change *);
/* ... and of one toxic, without its lease. */
uint64_t difference_toxic_print(const struct toxic_spec *);
/* ... and of a scenario. */
uint64_t difference_scenario_print(const struct change *);

#endif
