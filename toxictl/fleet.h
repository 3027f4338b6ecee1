/* SPDX-License-Identifier: ISC */
/* Many servers, by what stands in the etcd that they all read. */
#ifndef FLEET_H
#define FLEET_H

#include "toxictl.h"

int cmd_fleet_status(struct ctl *, struct args *);
int cmd_fleet_apply(struct ctl *, struct args *);
int cmd_fleet_drain(struct ctl *, struct args *);
int cmd_fleet_undrain(struct ctl *, struct args *);
int cmd_fleet_forget(struct ctl *, struct args *);
int cmd_fleet_addresses(struct ctl *, struct args *);

#endif
