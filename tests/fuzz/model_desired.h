/* SPDX-License-Identifier: ISC */
#ifndef MODEL_DESIRED_H
#define MODEL_DESIRED_H

#include "model.h"

/* The model's sources of desired state: it has the last document, and no more.
 */

void model_desired_begin(void);
int model_is_desired(enum msg_type);
/* 1: a request has been answered. */
int model_desired(
    struct chan *apid, const struct msg *, enum model_mood, uint8_t code);

#endif
