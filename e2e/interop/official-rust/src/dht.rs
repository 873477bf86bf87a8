//! Mainline nodes, mutable items and Pkarr packets of the official crates.

use crate::handles::Handles;
use crate::params::{base64, bytes, flag, number, secret, text, texts};
use anyhow::{Result, anyhow, bail};
use mainline::{Dht, MutableItem, SigningKey, async_dht::AsyncDht};
use pkarr::{Client, ResolvePolicy, SignedPacket};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Duration;

#[derive(Default)]
pub struct Nodes(Handles<AsyncDht>);

impl Nodes {
    pub async fn run(&self, verb: &str, params: &Value) -> Result<Value> {
        if verb == "start" {
            return self.start(params).await;
        }
        let node = self.0.get(number(params, "node")?)?;
        match verb {
            "put" => {
                let salt = params["salt"].as_str().map(|_| bytes(params, "salt")).transpose()?;
                let signer = SigningKey::from_bytes(&secret(params)?);
                let seq = params["seq"].as_i64().ok_or_else(|| anyhow!("seq must be a number"))?;
                let item = MutableItem::new(signer, &bytes(params, "value")?, seq, salt.as_deref());
                node.put_mutable(item, params["cas"].as_i64()).await.map_err(|error| anyhow!("{error:?}"))?;
                Ok(json!({}))
            }
            "get" => {
                let salt = params["salt"].as_str().map(|_| bytes(params, "salt")).transpose()?;
                let key: [u8; 32] = bytes(params, "key")?.try_into().map_err(|_| anyhow!("key must be 32 bytes"))?;
                Ok(match node.get_mutable_most_recent(&key, salt.as_deref()).await {
                    Some(item) => json!({ "seq": item.seq(), "value": base64(item.value()) }),
                    None => Value::Null,
                })
            }
            "putImmutable" => {
                let id = node.put_immutable(&bytes(params, "value")?).await.map_err(|error| anyhow!("{error:?}"))?;
                Ok(json!(id.to_string()))
            }
            "getImmutable" => {
                let id = text(params, "target")?.parse().map_err(|error| anyhow!("{error:?}"))?;
                Ok(node.get_immutable(id).await.map_or(Value::Null, |value| json!(base64(&value))))
            }
            "announcePeer" => {
                let id = text(params, "target")?.parse().map_err(|error| anyhow!("{error:?}"))?;
                let port = u16::try_from(number(params, "port")?)?;
                node.announce_peer(id, Some(port)).await.map_err(|error| anyhow!("{error:?}"))?;
                Ok(json!({}))
            }
            "getPeers" => {
                use futures_util::StreamExt;
                let id = text(params, "target")?.parse().map_err(|error| anyhow!("{error:?}"))?;
                let found: Vec<_> = node.get_peers(id).collect().await;
                Ok(json!(found.concat().iter().map(ToString::to_string).collect::<Vec<_>>()))
            }
            "stop" => {
                self.0.remove(number(params, "node")?)?;
                Ok(json!({}))
            }
            _ => bail!("unknown dht command {verb}"),
        }
    }

    async fn start(&self, params: &Value) -> Result<Value> {
        let mut builder = Dht::builder();
        builder.bind_address(Ipv4Addr::LOCALHOST);
        match texts(params, "bootstrap") {
            nodes if nodes.is_empty() => builder.no_bootstrap(),
            nodes => builder.bootstrap(&nodes),
        };
        if flag(params, "server") {
            builder.server_mode();
        }
        let node = builder.build()?.as_async();
        node.bootstrapped().await;
        let info = node.info().await;
        let (address, id) = (format!("127.0.0.1:{}", info.local_addr().port()), info.id().to_string());
        Ok(json!({ "node": self.0.add(node), "address": address, "id": id }))
    }
}

/// One-shot Pkarr commands: each builds a client on the given bootstrap nodes and relays.
pub async fn pkarr(verb: &str, params: &Value) -> Result<Value> {
    let mut builder = Client::builder();
    let timeout = Duration::from_secs(3);
    builder.no_default_network().dht_request_timeout(timeout).relay_request_timeout(timeout);
    let (bootstrap, relays) = (texts(params, "bootstrap"), texts(params, "relays"));
    if !bootstrap.is_empty() {
        builder.bootstrap(&bootstrap).dht_report_policy(pkarr::dht::ReportPolicy::testnet());
    }
    if !relays.is_empty() {
        builder.relays(&relays)?;
    }
    let client = builder.build()?;
    match verb {
        "publish" => {
            let keypair = pkarr::Keypair::from_secret_key(&secret(params)?);
            let packet = SignedPacket::builder()
                .txt(text(params, "name")?.try_into()?, text(params, "text")?.try_into()?, 3600)
                .sign(&keypair)?;
            let stored = client.publish(&packet).await?;
            Ok(json!({ "stored": format!("{stored:?}"), "payload": base64(&packet.to_relay_payload()) }))
        }
        "resolve" => {
            let key = pkarr::PublicKey::try_from(text(params, "key")?)?;
            let packet = client.resolve(&key, ResolvePolicy::NetworkOnly).await?;
            Ok(json!({ "seq": packet.timestamp().as_u64(), "payload": base64(&packet.to_relay_payload()) }))
        }
        _ => bail!("unknown pkarr command {verb}"),
    }
}
