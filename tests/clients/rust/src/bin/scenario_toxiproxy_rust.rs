// SPDX-License-Identifier: ISC
//! toxiproxy_rust drives toxid in front of a real Redis.  It knows neither
//! reset_peer nor updates, and looks at no status but what it can parse.

use redis_command::{command, echo, ping, refused, PONG};
use std::env;
use toxiproxy_rust::client::Client;
use toxiproxy_rust::proxy::{Proxy, ProxyPack};

const NAME: &str = "rust_redis";

fn down() -> String {
    "downstream".into()
}

fn populate(client: &Client, upstream: &str) -> Proxy {
    let pack = ProxyPack::new(NAME.into(), "127.0.0.1:0".into(), upstream.into());
    let made = client.populate(vec![pack]).expect("populate");
    assert_eq!(made.len(), 1);
    assert!(client.is_running());
    assert!(client.version().expect("version").contains("version"));
    assert_eq!(ping(&made[0].proxy_pack.listen).text, PONG);
    client.find_and_reset_proxy(NAME).expect("the proxy")
}

fn latency(proxy: &Proxy, listen: &str) {
    proxy.with_latency(down(), 1000, 0, 1.0);
    let toxics = proxy.toxics().expect("toxics");
    assert_eq!(toxics.len(), 1);
    assert_eq!(toxics[0].name, "latency_downstream");
    assert_eq!(toxics[0].attributes["latency"], 1000);
    assert!(ping(listen).last >= 1000);
    proxy.delete_all_toxics().expect("delete_all_toxics");
    assert!(proxy.toxics().expect("no toxics").is_empty());
    assert!(ping(listen).last < 1000);
}

fn other_toxics(proxy: &Proxy, listen: &str) {
    let done = proxy.with_bandwidth(down(), 10, 1.0).apply(|| {
        let seen = echo(listen, 3000);
        assert_eq!(seen.text.len(), 3009);
        assert!(seen.last >= 250, "{} ms", seen.last);
    });
    done.expect("bandwidth");
    let done = proxy.with_timeout(down(), 100, 1.0).apply(|| {
        let seen = ping(listen);
        assert_eq!((seen.text.as_str(), seen.error), ("", None));
        assert!(seen.end >= 100);
    });
    done.expect("timeout");
    let done = proxy
        .with_limit_data(down(), 3, 1.0)
        .apply(|| assert_eq!(ping(listen).text, "+PO"));
    done.expect("limit_data");
    let done = proxy.with_slicer(down(), 1, 0, 10000, 1.0).apply(|| {
        let seen = ping(listen);
        assert_eq!(seen.text, PONG);
        assert!(seen.last >= 60, "{} ms", seen.last);
    });
    done.expect("slicer");
    let done = proxy.with_slow_close(down(), 200, 1.0).apply(|| {
        let seen = command(listen, "QUIT", 100);
        assert_eq!(seen.text, "+OK\r\n");
        assert!(seen.end >= 200, "{} ms", seen.end);
    });
    done.expect("slow_close");
    assert_eq!(ping(listen).text, PONG);
}

fn down_and_reset(client: &Client, proxy: &Proxy, listen: &str) {
    let done = proxy.with_down(|| assert!(refused(listen)));
    done.expect("with_down");
    assert_eq!(ping(listen).text, PONG);

    proxy.with_timeout(down(), 0, 1.0);
    proxy.disable().expect("disable");
    client.reset().expect("reset");
    let all = client.all().expect("all");
    assert!(all[NAME].proxy_pack.toxics.is_empty());
    assert!(all[NAME].proxy_pack.enabled);
    assert_eq!(ping(listen).text, PONG);
}

fn main() {
    let upstream = env::var("REDIS").expect("REDIS");
    let client = Client::new(env::var("TOXID").expect("TOXID"));
    let proxy = populate(&client, &upstream);
    let listen = proxy.proxy_pack.listen.as_str();
    latency(&proxy, listen);
    other_toxics(&proxy, listen);
    down_and_reset(&client, &proxy, listen);
    proxy.delete().expect("delete");
    assert!(client.find_proxy(NAME).is_err());
    assert!(refused(listen));
}
