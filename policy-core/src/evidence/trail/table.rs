//! Values kept once and known by a number.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Values of one kind, each kept once. Numbers count from 0 in order of arrival.
#[derive(Debug)]
pub(super) struct Table<T: ?Sized> {
    ids: HashMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T: ?Sized> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { ids: self.ids.clone(), values: self.values.clone() }
    }
}

impl<T: ?Sized> Default for Table<T> {
    fn default() -> Self {
        Self { ids: HashMap::new(), values: Vec::new() }
    }
}

impl<T: ?Sized + Eq + Hash> Table<T> {
    /// The number of `value`, which is kept if it is new.
    ///
    /// INVARIANT: fewer than 2³⁰ values; the log that would hold more does not fit in memory.
    pub(super) fn id(&mut self, value: &T) -> u32
    where
        for<'v> Arc<T>: From<&'v T> + Borrow<T>,
    {
        if let Some(&id) = self.ids.get(value) {
            return id;
        }
        self.keep(Arc::from(value))
    }

    /// As [`Table::id`], for a value that another table shares.
    pub(super) fn shared_id(&mut self, value: &Arc<T>) -> u32 {
        if let Some(&id) = self.ids.get(value) {
            return id;
        }
        self.keep(Arc::clone(value))
    }

    fn keep(&mut self, value: Arc<T>) -> u32 {
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.ids.insert(Arc::clone(&value), id);
        self.values.push(value);
        id
    }

    /// The value of a number that this table gave.
    pub(super) fn value(&self, id: u32) -> &T {
        &self.values[id as usize]
    }

    /// All values, in order of their numbers.
    pub(super) fn values(&self) -> &[Arc<T>] {
        &self.values
    }
}
