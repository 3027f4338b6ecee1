// SPDX-License-Identifier: ISC
// From C++: an exception that leaves toxi_with() takes the toxics with it.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <toxi_event.h>

static int
thrower(void *)
{
	throw std::runtime_error("test failed");
}

static size_t
toxics_on(struct toxi *toxi, const char *proxy)
{
	struct toxi_toxics *list = nullptr;
	size_t n = 99;

	if (toxi_toxic_list(toxi, proxy, &list, nullptr) == 0)
		n = list->n;
	toxi_toxics_free(list);
	return n;
}

int
main()
{
	struct toxi_options options = {};
	struct toxi_toxic toxics[] = { toxi_latency(1, 0),
		toxi_upstream(toxi_bandwidth(1)) };
	struct toxi_error err;
	bool caught = false;

	options.url = getenv("TOXI_URL");
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_tunnel *tunnel =
	    toxi_tunnel_open(toxi, "127.0.0.1:1", &err);
	if (tunnel == nullptr)
		return 1;
	try {
		toxi_with(toxi, toxi_tunnel_name(tunnel), { toxics, 2 },
		    thrower, nullptr, &err);
	} catch (const std::runtime_error &) {
		caught = true;
	}
	size_t left = toxics_on(toxi, toxi_tunnel_name(tunnel));
	toxi_tunnel_free(tunnel, nullptr);
	toxi_free(toxi);
	std::printf("caught %d, left %zu\n", caught, left);
	return caught && left == 0 ? 0 : 1;
}
