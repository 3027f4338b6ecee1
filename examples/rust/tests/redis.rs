use redis::Client;
use std::time::Duration;
use toxiproxy_rust::proxy::ProxyPack;
use toxiproxy_rust::TOXIPROXY; // localhost:8474

#[test]
fn a_slow_redis_is_given_up() {
    let (listen, upstream) = ("localhost:26379", "localhost:6379");
    let pack = ProxyPack::new("redis".into(), listen.into(), upstream.into());
    let proxy = &TOXIPROXY.populate(vec![pack]).unwrap()[0];
    let ping = || -> redis::RedisResult<String> {
        let mut connection = Client::open("redis://localhost:26379")?.get_connection()?;
        connection.set_read_timeout(Some(Duration::from_millis(200)))?;
        redis::cmd("PING").query(&mut connection)
    };
    assert_eq!(ping().unwrap(), "PONG");

    proxy
        .with_latency("downstream".into(), 1000, 0, 1.0)
        .apply(|| assert!(ping().is_err()))
        .unwrap();

    assert_eq!(ping().unwrap(), "PONG");
    proxy.delete().unwrap();
}
