/* SPDX-License-Identifier: ISC */
#ifndef KERNEL_PORTS_H
#define KERNEL_PORTS_H

#include <stdint.h>

/*
 * Which ports the kernel gives to whoever connects, or binds none, as
 * /proc/sys/net/ipv4/ip_local_port_range says: before the locks, which let
 * nothing be opened.  0, or -1: it cannot be read.
 */
int kernel_ports(uint16_t *first, uint16_t *last);

#endif
