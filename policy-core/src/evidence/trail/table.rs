//! Values kept once and known by a number.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Values of one kind, each kept once. Numbers count from 0 in order of arrival.
#[derive(Debug)]
pub(super) struct Table<T: ?Sized> {
    ids: HashTable<u32>,
    values: Vec<Arc<T>>,
    hasher: DefaultHashBuilder,
}

impl<T: ?Sized> Default for Table<T> {
    fn default() -> Self {
        Self { ids: HashTable::new(), values: Vec::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<T: ?Sized + Eq + Hash> Table<T> {
    /// The number of `value`, if it is kept.
    pub(super) fn find(&self, value: &T) -> Option<u32> {
        let hash = self.hasher.hash_one(value);
        self.ids.find(hash, |&id| *self.values[id as usize] == *value).copied()
    }

    /// The number of `value`, which is kept if it is new.
    ///
    /// INVARIANT: fewer than 2²⁹ values; the log that would hold more does not fit in memory.
    pub(super) fn id(&mut self, value: &T) -> u32
    where
        for<'v> Arc<T>: From<&'v T> + Borrow<T>,
    {
        self.find(value).unwrap_or_else(|| self.keep(Arc::from(value)))
    }

    /// As [`Table::id`], for a value that another table shares.
    pub(super) fn shared_id(&mut self, value: &Arc<T>) -> u32 {
        self.find(value).unwrap_or_else(|| self.keep(Arc::clone(value)))
    }

    fn keep(&mut self, value: Arc<T>) -> u32 {
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let hash = self.hasher.hash_one(&*value);
        self.values.push(value);
        let Self { ids, values, hasher } = self;
        ids.insert_unique(hash, id, |&id| hasher.hash_one(&*values[id as usize]));
        id
    }

    /// The value of a number that this table gave.
    pub(super) fn value(&self, id: u32) -> &T {
        &self.values[id as usize]
    }

    /// As [`Table::value`], to be kept elsewhere.
    pub(super) fn shared(&self, id: u32) -> Arc<T> {
        Arc::clone(&self.values[id as usize])
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}
