/* SPDX-License-Identifier: ISC */
#ifndef DIAL_H
#define DIAL_H

/*
 * The dials that a worker may have told diald of and has no answer to: their
 * ids are 1 to DIALS_MAX, and one is used again once its DIALED has come.  More
 * wait in the worker.  Who goes beyond it is no honest worker.
 */
#define DIALS_MAX 1024

#endif
