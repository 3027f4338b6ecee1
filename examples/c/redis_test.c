#include <criterion/criterion.h>
#include <hiredis/hiredis.h>
#include <toxi.h>

/* The code under test: 0, or -1 after 200 ms without an answer. */
static int
ping(int fd)
{
	redisContext *redis = redisConnectFd(fd);
	redisReply *reply;

	redisSetTimeout(redis, (struct timeval){ .tv_usec = 200 * 1000 });
	reply = redisCommand(redis, "PING");
	freeReplyObject(reply);
	redisFree(redis);
	return reply == NULL ? -1 : 0;
}

static int
ping_through(void *tunnel)
{
	return ping(toxi_tunnel_connect(tunnel, NULL));
}

Test(redis, a_slow_one_is_given_up)
{
	struct toxi_error e;
	struct toxi *toxi = toxi_new(NULL, &e); /* localhost:8474 */
	struct toxi_tunnel *tunnel =
	    toxi_tunnel_open(toxi, "localhost:6379", &e);

	cr_assert(tunnel != NULL, "%s: %s", e.call, e.text);
	cr_assert_eq(ping_through(tunnel), 0);

	cr_assert_eq(
	    toxi_with(toxi, toxi_tunnel_name(tunnel),
		TOXI_TOXICS(toxi_latency(1000, 0)), ping_through, tunnel, &e),
	    -1);
	cr_assert_eq(e.code, TOXI_OK, "%s: %s", e.call, e.text);

	cr_assert_eq(ping_through(tunnel), 0);
	toxi_tunnel_free(tunnel, &e);
	toxi_free(toxi);
}
