//! The official SDK: signers, sessions, storage, flows, grants, locks and event streams.
#![allow(deprecated, reason = "cookie sessions are part of what we serve")]

use crate::handles::Handles;
use crate::params::{base64, bytes, flag, number, secret, text, texts};
use anyhow::{Result, anyhow, bail};
use futures_util::StreamExt;
use pubky::deep_links::GrantApprovalFormat;
use pubky::{
    AuthFlowKind, Capabilities, ClientId, Event, EventCursor, EventStreamBuilder, EventType, GrantManager, Keypair, Pubky,
    PubkyCookieAuthFlow, PubkyGrantAuthFlow, PubkyHttpClient, PubkySession, PubkySigner, PublicKey, StorageLock,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Mutex;

type Events = std::pin::Pin<Box<dyn futures_util::Stream<Item = pubky::Result<Event>> + Send>>;

enum Flow {
    Cookie(PubkyCookieAuthFlow),
    Grant(PubkyGrantAuthFlow),
}

#[derive(Default)]
pub struct Sdk {
    clients: Handles<Pubky>,
    sessions: Handles<PubkySession>,
    flows: Handles<Mutex<Option<Flow>>>,
    streams: Handles<Mutex<Events>>,
    locks: Handles<Mutex<StorageLock>>,
}

fn pubky(params: &Value, name: &str) -> Result<PublicKey> {
    Ok(PublicKey::try_from_z32(text(params, name)?)?)
}

fn capabilities(params: &Value) -> Result<Capabilities> {
    Capabilities::try_from(text(params, "capabilities")?).map_err(|error| anyhow!("{error}"))
}

fn client_id(params: &Value) -> Result<ClientId> {
    ClientId::new(params["clientId"].as_str().unwrap_or("interop.test")).map_err(|error| anyhow!("{error}"))
}

impl Sdk {
    pub async fn run(&self, verb: &str, params: &Value) -> Result<Value> {
        match verb {
            "client" => self.client(params),
            "version" => Ok(json!("pubky 0.17.1")),
            "createRecoveryFile" => {
                let keypair = Keypair::from_secret(&secret(params)?);
                Ok(json!(base64(&pubky::recovery_file::create_recovery_file(&keypair, text(params, "passphrase")?))))
            }
            "openRecoveryFile" => {
                let file = bytes(params, "file")?;
                let keypair = pubky::recovery_file::decrypt_recovery_file(&file, text(params, "passphrase")?)?;
                Ok(json!(keypair.public_key().z32()))
            }
            "signup" | "signupCookie" | "signin" | "signinCookie" | "approve" => self.sign(verb, params).await,
            "homeserverOf" => {
                let found = self.clients.get(number(params, "client")?)?.get_homeserver_of(&pubky(params, "user")?).await?;
                Ok(json!(found.map(|key| key.z32())))
            }
            "fetch" => self.fetch(params).await,
            "publicGet" | "publicExists" | "publicList" => self.public(verb, params).await,
            "startFlow" | "awaitFlow" => self.flow(verb, params).await,
            "restore" => {
                let client = self.clients.get(number(params, "client")?)?;
                self.add_session(client.restore_session(text(params, "token")?).await?)
            }
            "events" | "nextEvents" | "closeEvents" => self.events(verb, params).await,
            _ => self.session(verb, params).await,
        }
    }

    fn client(&self, params: &Value) -> Result<Value> {
        let (bootstrap, relays) = (texts(params, "bootstrap"), texts(params, "relays"));
        let mut builder = PubkyHttpClient::builder();
        let mut invalid = None;
        builder.pkarr(|pkarr| {
            let timeout = Duration::from_secs(2);
            pkarr.no_default_network().dht_request_timeout(timeout).relay_request_timeout(timeout);
            if !bootstrap.is_empty() {
                pkarr.bootstrap(&bootstrap).dht_report_policy(pubky::pkarr::dht::ReportPolicy::testnet());
            }
            if !relays.is_empty() {
                invalid = pkarr.relays(&relays).err();
            }
            pkarr
        });
        if let Some(error) = invalid {
            bail!("relays: {error}");
        }
        Ok(json!({ "client": self.clients.add(Pubky::with_client(builder.build()?)) }))
    }

    fn add_session(&self, session: PubkySession) -> Result<Value> {
        let info = session.info();
        let capabilities: Vec<String> = info.capabilities().iter().map(ToString::to_string).collect();
        let user = info.public_key().z32();
        Ok(json!({ "session": self.sessions.add(session), "user": user, "capabilities": capabilities }))
    }

    async fn sign(&self, verb: &str, params: &Value) -> Result<Value> {
        let client = self.clients.get(number(params, "client")?)?;
        let signer: PubkySigner = client.signer(Keypair::from_secret(&secret(params)?));
        let token = params["signupToken"].as_str();
        match verb {
            "signup" => {
                signer.signup(&pubky(params, "homeserver")?, token).await?;
                Ok(json!({ "user": signer.public_key().z32() }))
            }
            "signupCookie" => self.add_session(signer.signup_cookie(&pubky(params, "homeserver")?, token).await?),
            "signin" => self.add_session(signer.signin_blocking(client_id(params)?).await?),
            "signinCookie" => self.add_session(signer.signin_cookie_blocking().await?),
            _ => {
                signer.approve_auth(text(params, "url")?).await?;
                Ok(json!({}))
            }
        }
    }

    /// A raw request through the native transport, e.g. `https://<homeserver key>/`.
    async fn fetch(&self, params: &Value) -> Result<Value> {
        let client = self.clients.get(number(params, "client")?)?;
        let method = pubky::Method::from_bytes(params["method"].as_str().unwrap_or("GET").as_bytes())?;
        let url: url::Url = text(params, "url")?.parse()?;
        let mut request = client.client().request(method, &url);
        if params["body"].is_string() {
            request = request.body(bytes(params, "body")?);
        }
        let response = request.send().await?;
        Ok(json!({ "status": response.status().as_u16(), "body": base64(&response.bytes().await?) }))
    }

    async fn public(&self, verb: &str, params: &Value) -> Result<Value> {
        let storage = self.clients.get(number(params, "client")?)?.public_storage();
        let address = text(params, "address")?;
        match verb {
            "publicGet" => Ok(json!(base64(&storage.get(address).await?.bytes().await?))),
            "publicExists" => Ok(json!(storage.exists(address).await?)),
            _ => {
                let found = storage.list(address)?.shallow(flag(params, "shallow")).send().await?;
                Ok(json!(found.iter().map(|resource| resource.path.to_string()).collect::<Vec<_>>()))
            }
        }
    }

    async fn flow(&self, verb: &str, params: &Value) -> Result<Value> {
        if verb == "awaitFlow" {
            let slot = self.flows.remove(number(params, "flow")?)?;
            let flow = slot.lock().await.take().ok_or_else(|| anyhow!("this flow was already awaited"))?;
            return self.add_session(match flow {
                Flow::Cookie(flow) => flow.await_approval().await?,
                Flow::Grant(flow) => flow.await_approval().await?,
            });
        }
        let client = self.clients.get(number(params, "client")?)?.client().clone();
        let kind = match params["homeserver"].as_str() {
            Some(_) => AuthFlowKind::signup(pubky(params, "homeserver")?, params["signupToken"].as_str().map(str::to_owned)),
            None => AuthFlowKind::signin(),
        };
        let relay: url::Url = text(params, "relay")?.parse()?;
        let caps = capabilities(params)?;
        let (flow, url) = if text(params, "kind")? == "cookie" {
            let flow = PubkyCookieAuthFlow::builder(&caps, kind).relay(relay).client(client).start()?;
            let url = flow.authorization_url();
            (Flow::Cookie(flow), url)
        } else {
            let format = if flag(params, "signedApproval") { GrantApprovalFormat::SignedApprovalV1 } else { GrantApprovalFormat::BareGrant };
            let builder = PubkyGrantAuthFlow::builder(&caps, kind, client_id(params)?);
            let flow = builder.approval_format(format).relay(relay).client(client).start()?;
            let url = flow.authorization_url();
            (Flow::Grant(flow), url)
        };
        Ok(json!({ "flow": self.flows.add(Mutex::new(Some(flow))), "url": url.to_string() }))
    }

    async fn session(&self, verb: &str, params: &Value) -> Result<Value> {
        let session = self.sessions.get(number(params, "session")?)?;
        let storage = session.storage();
        match verb {
            "put" => {
                let response = storage.put(text(params, "path")?, bytes(params, "body")?).await?;
                Ok(json!({ "status": response.status().as_u16() }))
            }
            "get" => {
                let response = storage.get(text(params, "path")?).await?;
                let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
                Ok(json!({ "body": base64(&response.bytes().await?), "contentType": content_type }))
            }
            "delete" => Ok(json!({ "status": storage.delete(text(params, "path")?).await?.status().as_u16() })),
            "exists" => Ok(json!(storage.exists(text(params, "path")?).await?)),
            "stats" => Ok(match storage.stats(text(params, "path")?).await? {
                Some(stats) => json!({ "length": stats.content_length, "type": stats.content_type, "etag": stats.etag }),
                None => Value::Null,
            }),
            "list" => {
                let mut list = storage.list(text(params, "path")?)?;
                list = list.shallow(flag(params, "shallow")).reverse(flag(params, "reverse"));
                if let Some(limit) = params["limit"].as_u64() {
                    list = list.limit(u16::try_from(limit)?);
                }
                if let Some(cursor) = params["cursor"].as_str() {
                    list = list.cursor(cursor);
                }
                Ok(json!(list.send().await?.iter().map(|resource| resource.path.to_string()).collect::<Vec<_>>()))
            }
            "lock" => {
                let lock = storage.lock(text(params, "path")?, Duration::from_secs(number(params, "seconds")?)).await?;
                let (token, seconds) = (lock.token().to_owned(), lock.timeout().as_secs());
                Ok(json!({ "lock": self.locks.add(Mutex::new(lock)), "token": token, "seconds": seconds }))
            }
            "refreshLock" | "putLocked" | "deleteLocked" | "unlock" => {
                let slot = self.locks.get(number(params, "lock")?)?;
                let mut lock = slot.lock().await;
                match verb {
                    "refreshLock" => {
                        storage.refresh_lock(&mut lock, Duration::from_secs(number(params, "seconds")?)).await?;
                        Ok(json!({ "seconds": lock.timeout().as_secs() }))
                    }
                    "putLocked" => Ok(json!({ "status": storage.put_locked(&lock, bytes(params, "body")?).await?.status().as_u16() })),
                    "deleteLocked" => Ok(json!({ "status": storage.delete_locked(&lock).await?.status().as_u16() })),
                    _ => {
                        storage.unlock(&lock).await?;
                        Ok(json!({}))
                    }
                }
            }
            "revalidate" => Ok(json!(session.revalidate().await?.is_some())),
            "export" => match session.as_grant() {
                Some(grant) => Ok(json!(grant.export_local_secret().await)),
                None => Ok(json!(session.as_cookie().and_then(|cookie| cookie.export_secret()))),
            },
            "grantInfo" => {
                let grant = session.as_grant().ok_or_else(|| anyhow!("not a grant session"))?;
                let info = grant.session_info().await;
                Ok(json!({
                    "grantId": info.grant_id.as_str(), "tokenExpiresAt": info.token_expires_at,
                    "grantExpiresAt": info.grant_expires_at, "homeserver": info.homeserver.z32(),
                    "keys": grant.encryption_keys().is_some(), "signedApproval": grant.signed_approval(),
                }))
            }
            "refresh" => {
                let grant = session.as_grant().ok_or_else(|| anyhow!("not a grant session"))?;
                let before = grant.current_bearer().await;
                Ok(json!({ "changed": grant.force_refresh().await? != before }))
            }
            "grants" => {
                let grants = GrantManager::new(&session).list().await?;
                let row = |grant: &pubky::GrantInfo| json!({ "id": grant.grant_id.as_str(), "clientId": grant.client_id, "capabilities": grant.capabilities });
                Ok(json!(grants.iter().map(row).collect::<Vec<_>>()))
            }
            "revoke" => {
                let manager = GrantManager::new(&session);
                let grants = manager.list().await?;
                let wanted = text(params, "grantId")?;
                let grant = grants.iter().find(|grant| grant.grant_id.as_str() == wanted).ok_or_else(|| anyhow!("no grant {wanted}"))?;
                manager.revoke(&grant.grant_id).await?;
                Ok(json!({}))
            }
            "signout" => {
                drop((storage, session));
                let session = self.sessions.remove(number(params, "session")?)?;
                let session = std::sync::Arc::try_unwrap(session).map_err(|_| anyhow!("the session is in use"))?;
                session.signout().await.map_err(|(error, _)| error)?;
                Ok(json!({}))
            }
            _ => bail!("unknown sdk command {verb}"),
        }
    }

    async fn events(&self, verb: &str, params: &Value) -> Result<Value> {
        match verb {
            "events" => {
                let client = self.clients.get(number(params, "client")?)?;
                let stream = self.event_stream(&client, params)?.subscribe().await?;
                Ok(json!({ "stream": self.streams.add(Mutex::new(stream)) }))
            }
            "closeEvents" => {
                self.streams.remove(number(params, "stream")?)?;
                Ok(json!({}))
            }
            _ => {
                let stream = self.streams.get(number(params, "stream")?)?;
                let mut stream = stream.lock().await;
                let mut events = Vec::new();
                let mut ended = false;
                while (events.len() as u64) < number(params, "count")? {
                    match tokio::time::timeout(Duration::from_millis(params["waitMs"].as_u64().unwrap_or(5000)), stream.next()).await {
                        Err(_) => break,
                        Ok(None) => {
                            ended = true;
                            break;
                        }
                        Ok(Some(event)) => events.push(describe(&event?)),
                    }
                }
                Ok(json!({ "events": events, "ended": ended }))
            }
        }
    }

    /// `users` holds `{"user": z32, "cursor": n?}`; several users need `homeserver`.
    fn event_stream(&self, client: &Pubky, params: &Value) -> Result<EventStreamBuilder> {
        let mut users = Vec::new();
        for entry in params["users"].as_array().into_iter().flatten() {
            users.push((pubky(entry, "user")?, entry["cursor"].as_u64().map(EventCursor::new)));
        }
        let mut builder = match params["homeserver"].as_str() {
            Some(_) => client.event_stream_for(&pubky(params, "homeserver")?).add_users(users.iter().map(|(key, cursor)| (key, *cursor)))?,
            None => {
                let (user, cursor) = users.first().ok_or_else(|| anyhow!("users must not be empty"))?;
                client.event_stream_for_user(user, *cursor)
            }
        };
        if flag(params, "live") {
            builder = builder.live();
        }
        if flag(params, "reverse") {
            builder = builder.reverse();
        }
        if let Some(limit) = params["limit"].as_u64() {
            builder = builder.limit(u16::try_from(limit)?);
        }
        for path in texts(params, "paths") {
            builder = builder.path(path);
        }
        if params["session"].is_u64() {
            builder = builder.session(&*self.sessions.get(number(params, "session")?)?);
        }
        Ok(builder)
    }
}

fn describe(event: &Event) -> Value {
    let kind = if matches!(event.event_type, EventType::Delete) { "DEL" } else { "PUT" };
    json!({ "type": kind, "user": event.resource.owner.z32(), "path": event.resource.path.to_string(), "cursor": event.cursor.id() })
}
