//! Typed reading of a command's parameters.

use anyhow::{Context, Result, anyhow};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

pub fn text<'a>(params: &'a Value, name: &str) -> Result<&'a str> {
    params[name].as_str().ok_or_else(|| anyhow!("{name} must be a string"))
}

pub fn number(params: &Value, name: &str) -> Result<u64> {
    params[name].as_u64().ok_or_else(|| anyhow!("{name} must be a number"))
}

pub fn flag(params: &Value, name: &str) -> bool {
    params[name].as_bool().unwrap_or(false)
}

pub fn texts(params: &Value, name: &str) -> Vec<String> {
    let items = params[name].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

pub fn bytes(params: &Value, name: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text(params, name)?).with_context(|| format!("{name} must be base64"))
}

pub fn secret(params: &Value) -> Result<[u8; 32]> {
    bytes(params, "secret")?.try_into().map_err(|_| anyhow!("secret must be 32 bytes"))
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
