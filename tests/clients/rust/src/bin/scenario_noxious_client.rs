// SPDX-License-Identifier: ISC
//! noxious-client drives toxid in front of a real Redis.  It sends the
//! direction of a toxic under another key, so that all are downstream; and
//! it does not understand what Toxiproxy answers to /populate.

use noxious_client::error::ClientError;
use noxious_client::{Client, Proxy, ProxyConfig, StreamDirection, Toxic, ToxicKind};
use redis_command::{command, echo, ping, refused, Seen, PONG};
use std::env;
use std::fmt::Debug;

const NAME: &str = "noxious_redis";
const DOWN: StreamDirection = StreamDirection::Downstream;

fn api_error<T: Debug>(result: Result<T, ClientError>, status: u16) -> String {
    match result {
        Err(ClientError::ApiError(error)) => {
            assert_eq!(error.status_code, status);
            error.message
        }
        other => panic!("expected status {status}, got {other:?}"),
    }
}

fn toxic(kind: ToxicKind) -> Toxic {
    Toxic {
        kind,
        name: "toxic".into(),
        toxicity: 1.0,
        direction: DOWN,
    }
}

async fn create_and_errors(client: &Client, upstream: &str) -> Proxy {
    let any = "127.0.0.1:0";
    let made = client.create_proxy(NAME, any, upstream).await;
    made.expect("create");
    let twice = client.create_proxy(NAME, any, upstream).await;
    assert_eq!(api_error(twice, 409), "proxy already exists");
    let unknown = client.proxy("noxious_unknown").await;
    assert_eq!(api_error(unknown, 404), "proxy not found");

    let proxy = client.proxy(NAME).await.expect("the proxy");
    assert_eq!(ping(&proxy.config.listen).text, PONG);
    let none = proxy.remove_toxic("none").await;
    assert_eq!(api_error(none, 404), "toxic not found");
    proxy
}

async fn latency(proxy: &Proxy) {
    let listen = &proxy.config.listen;
    let short = ToxicKind::Latency {
        latency: 100,
        jitter: 0,
    };
    let long = ToxicKind::Latency {
        latency: 1000,
        jitter: 0,
    };

    let added = proxy.add_toxic(&toxic(short)).await.expect("add_toxic");
    assert_eq!((added.kind, added.direction), (short, DOWN));
    assert!(ping(listen).last >= 100);
    let updated = proxy.update_toxic("toxic", 1.0, long, DOWN).await;
    assert_eq!(updated.expect("update_toxic").kind, long);
    assert!(ping(listen).last >= 1000);
    assert_eq!(proxy.toxics().await.expect("toxics")[0].kind, long);
    proxy.remove_toxic("toxic").await.expect("remove_toxic");
    assert!(proxy.toxics().await.expect("no toxics").is_empty());
    assert!(ping(listen).last < 1000);
}

async fn with_toxic(proxy: &Proxy, kind: ToxicKind, effect: fn(&str) -> Seen) -> Seen {
    let listen = &proxy.config.listen;
    proxy.add_toxic(&toxic(kind)).await.expect("add_toxic");
    let seen = effect(listen);
    proxy.remove_toxic("toxic").await.expect("remove_toxic");
    assert_eq!(ping(listen).text, PONG, "after {kind:?}");
    seen
}

async fn other_toxics(proxy: &Proxy) {
    let kind = ToxicKind::Bandwidth { rate: 10 };
    let seen = with_toxic(proxy, kind, |listen| echo(listen, 3000)).await;
    assert!(seen.text.len() == 3009 && seen.last >= 250, "{seen:?}");

    let seen = with_toxic(proxy, ToxicKind::Timeout { timeout: 100 }, ping).await;
    assert!(seen.text.is_empty() && seen.end >= 100, "{seen:?}");

    let seen = with_toxic(proxy, ToxicKind::LimitData { bytes: 3 }, ping).await;
    assert_eq!(seen.text, "+PO");

    let kind = ToxicKind::Slicer {
        average_size: 1,
        size_variation: 0,
        delay: 10000,
    };
    let seen = with_toxic(proxy, kind, ping).await;
    assert!(seen.text == PONG && seen.last >= 60, "{seen:?}");

    let kind = ToxicKind::SlowClose { delay: 200 };
    let seen = with_toxic(proxy, kind, |listen| command(listen, "QUIT", 100)).await;
    assert!(seen.text == "+OK\r\n" && seen.end >= 200, "{seen:?}");
}

async fn disable_and_enable(proxy: &mut Proxy) {
    let listen = proxy.config.listen.clone();
    proxy.disable().await.expect("disable");
    assert!(refused(&listen));
    proxy.enable().await.expect("enable");
    assert_eq!(ping(&listen).text, PONG);
}

async fn populate_reset_delete(client: &Client, mut proxy: Proxy) {
    let config = ProxyConfig {
        name: "noxious_a".into(),
        ..proxy.config.clone()
    };
    let config = ProxyConfig {
        listen: "127.0.0.1:0".into(),
        ..config
    };
    assert!(client.populate(&[config]).await.is_err());

    let black_hole = toxic(ToxicKind::Timeout { timeout: 0 });
    proxy.add_toxic(&black_hole).await.expect("add_toxic");
    proxy.disable().await.expect("disable");
    client.reset_state().await.expect("reset_state");
    let all = client.proxies().await.expect("proxies");
    for name in [NAME, "noxious_a"] {
        assert_eq!(ping(&all[name].config.listen).text, PONG);
        all[name].clone().delete().await.expect("delete");
    }
    let gone = client.proxy(NAME).await;
    assert_eq!(api_error(gone, 404), "proxy not found");
    assert!(refused(&proxy.config.listen));
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let upstream = env::var("REDIS").expect("REDIS");
    let client = Client::new(&env::var("TOXID").expect("TOXID"));
    let mut proxy = create_and_errors(&client, &upstream).await;
    latency(&proxy).await;
    other_toxics(&proxy).await;
    disable_and_enable(&mut proxy).await;
    populate_reset_delete(&client, proxy).await;
}
