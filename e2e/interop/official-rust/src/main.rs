//! The official Rust software as a peer in our tests.
//!
//! Reads one JSON object a line from standard input, `{"id": 1, "do": "sdk.put", …}`, and answers each with one line,
//! `{"id": 1, "ok": …}` or `{"id": 1, "error": "…", "status": 404}`. Commands run side by side; objects that live longer than
//! one command (clients, sessions, flows, streams, DHT nodes) are named by a handle that the answer gives. Ends with its input.

mod dht;
mod handles;
mod params;
mod sdk;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[derive(Default)]
struct Peers {
    sdk: sdk::Sdk,
    dht: dht::Nodes,
}

async fn run(peers: &Peers, name: &str, params: &Value) -> Result<Value> {
    match name.split_once('.') {
        Some(("sdk", verb)) => peers.sdk.run(verb, params).await,
        Some(("dht", verb)) => peers.dht.run(verb, params).await,
        Some(("pkarr", verb)) => dht::pkarr(verb, params).await,
        _ => bail!("unknown command {name}"),
    }
}

/// The HTTP status an SDK error carries, if it came from a server's answer.
fn status_of(error: &anyhow::Error) -> Option<u16> {
    match error.downcast_ref::<pubky::Error>()? {
        pubky::Error::Request(pubky::errors::RequestError::Server { status, .. }) => Some(status.as_u16()),
        _ => None,
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let peers = Arc::new(Peers::default());
    let (answers, mut outbox) = tokio::sync::mpsc::unbounded_channel::<Value>();
    let writer = tokio::spawn(async move {
        let mut stdout = tokio::io::stdout();
        while let Some(answer) = outbox.recv().await {
            let line = format!("{answer}\n");
            if stdout.write_all(line.as_bytes()).await.is_err() || stdout.flush().await.is_err() {
                return;
            }
        }
    });

    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let (peers, answers) = (peers.clone(), answers.clone());
        tokio::spawn(async move {
            let answer = match serde_json::from_str::<Value>(&line) {
                Err(error) => json!({ "error": format!("not JSON: {error}") }),
                Ok(request) => {
                    let id = request["id"].clone();
                    match run(&peers, request["do"].as_str().unwrap_or_default(), &request).await {
                        Ok(value) => json!({ "id": id, "ok": value }),
                        Err(error) => json!({ "id": id, "error": format!("{error:#}"), "status": status_of(&error) }),
                    }
                }
            };
            let _ = answers.send(answer);
        });
    }
    drop(answers);
    writer.abort();
    Ok(())
}
