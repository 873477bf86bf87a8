//! Objects that outlive one command, named by a number.

use anyhow::{Result, anyhow};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub struct Handles<T> {
    entries: Mutex<(u64, HashMap<u64, Arc<T>>)>,
}

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Self { entries: Mutex::new((0, HashMap::new())) }
    }
}

impl<T> Handles<T> {
    pub fn add(&self, value: T) -> u64 {
        let mut entries = self.entries.lock().expect("no panics while held");
        entries.0 += 1;
        let handle = entries.0;
        entries.1.insert(handle, Arc::new(value));
        handle
    }

    pub fn get(&self, handle: u64) -> Result<Arc<T>> {
        let entries = self.entries.lock().expect("no panics while held");
        entries.1.get(&handle).cloned().ok_or_else(|| anyhow!("no such handle {handle}"))
    }

    pub fn remove(&self, handle: u64) -> Result<Arc<T>> {
        let mut entries = self.entries.lock().expect("no panics while held");
        entries.1.remove(&handle).ok_or_else(|| anyhow!("no such handle {handle}"))
    }
}
