/* SPDX-License-Identifier: ISC */
#ifndef NITEMS_H
#define NITEMS_H

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#endif
