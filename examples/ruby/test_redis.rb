require "minitest/autorun"
require "redis"
require "toxiproxy"

class TestRedis < Minitest::Test
  def setup
    Toxiproxy.populate(name: "redis", listen: "localhost:26379",
                       upstream: "localhost:6379")
    @client = Redis.new(port: 26379, timeout: 0.2, reconnect_attempts: 0)
  end

  def teardown
    Toxiproxy[:redis].destroy
  end

  def test_a_slow_redis_is_given_up
    assert_equal "PONG", @client.ping

    Toxiproxy[:redis].downstream(:latency, latency: 1000).apply do
      assert_raises(Redis::TimeoutError) { @client.ping }
    end

    assert_equal "PONG", @client.ping
  end
end
