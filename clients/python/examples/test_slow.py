import http.client

import pytest
from toxid import Latency


def ask(shop):
    connection = http.client.HTTPConnection(*shop.address, timeout=0.5)
    connection.request("GET", "/version")
    return connection.getresponse().status


def test_a_slow_shop_is_given_up(toxid, toxid_server):
    shop = toxid.create_proxy("shop", upstream=toxid_server.address)
    assert ask(shop) == 200

    with toxid.toxics("shop", Latency(2000)):
        with pytest.raises(OSError, match="timed out"):
            ask(shop)

    assert ask(shop) == 200
