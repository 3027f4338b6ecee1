#include "toxictl.h"
int
cmd_top(struct ctl *ctl, struct args *args)
{
	(void)ctl;
	(void)args;
	return 1;
}
