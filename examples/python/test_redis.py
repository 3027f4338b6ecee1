import pytest
import redis
from toxiproxy import Toxiproxy


@pytest.fixture
def proxy():
    server = Toxiproxy()  # localhost:8474
    proxy = server.create(name="redis", listen="localhost:26379",
                          upstream="localhost:6379")
    yield proxy
    server.destroy(proxy)


def test_a_slow_redis_is_given_up(proxy):
    client = redis.Redis(port=26379, socket_timeout=0.2)
    assert client.ping()

    proxy.add_toxic(type="latency", attributes={"latency": 1000})
    with pytest.raises(redis.TimeoutError):
        client.ping()

    proxy.destroy_toxic("latency_downstream")
    assert client.ping()
