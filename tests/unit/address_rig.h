/* SPDX-License-Identifier: ISC */
#ifndef ADDRESS_RIG_H
#define ADDRESS_RIG_H

#include "address.h"

/* Of either family, as it is written; what is none fails the test. */
struct address address_of(const char *ip, uint16_t port);

#endif
