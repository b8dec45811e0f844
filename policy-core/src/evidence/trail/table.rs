//! Values kept once and known by a number.
//!
//! Values lie one after the other in chunks of one size: a log has very many small ones, and tables come and go while the
//! aggregate grows, which as allocations of their own would leave memory full of holes.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

/// What a [`Table`] can keep.
pub(super) trait Value: Eq + Hash {
    /// Values one after the other.
    type Chunk;
    /// Units: bytes of one element.
    const ELEMENT_BYTES: usize;

    /// An empty chunk with room for so many elements.
    fn chunk(room: usize) -> Self::Chunk;
    /// How many elements a chunk has, and how many it has room for.
    fn filled(chunk: &Self::Chunk) -> (usize, usize);
    /// How many elements the value has.
    fn elements(&self) -> usize;
    fn append(&self, chunk: &mut Self::Chunk);
    fn part(chunk: &Self::Chunk, elements: Range<usize>) -> &Self;
}

impl Value for str {
    type Chunk = String;
    const ELEMENT_BYTES: usize = 1;

    fn chunk(room: usize) -> String {
        String::with_capacity(room)
    }

    fn filled(chunk: &String) -> (usize, usize) {
        (chunk.len(), chunk.capacity())
    }

    fn elements(&self) -> usize {
        self.len()
    }

    fn append(&self, chunk: &mut String) {
        chunk.push_str(self);
    }

    fn part(chunk: &String, elements: Range<usize>) -> &Self {
        &chunk[elements]
    }
}

impl<T: Copy + Eq + Hash> Value for [T] {
    type Chunk = Vec<T>;
    const ELEMENT_BYTES: usize = size_of::<T>();

    fn chunk(room: usize) -> Vec<T> {
        Vec::with_capacity(room)
    }

    fn filled(chunk: &Vec<T>) -> (usize, usize) {
        (chunk.len(), chunk.capacity())
    }

    fn elements(&self) -> usize {
        self.len()
    }

    fn append(&self, chunk: &mut Vec<T>) {
        chunk.extend_from_slice(self);
    }

    fn part(chunk: &Vec<T>, elements: Range<usize>) -> &Self {
        &chunk[elements]
    }
}

/// Bytes of a chunk of texts; of the first ones less.
const CHUNK_BYTES: usize = 32 * 1024;

/// Where a value lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    chunk: u32,
    begin: u32,
    elements: u32,
}

/// Values of one kind, each kept once. Numbers count from 0 in order of arrival.
pub(super) struct Table<T: Value + ?Sized> {
    ids: HashTable<u32>,
    places: Vec<Place>,
    chunks: Vec<T::Chunk>,
    hasher: DefaultHashBuilder,
}

impl<T: Value + ?Sized> Default for Table<T> {
    fn default() -> Self {
        Self {
            ids: HashTable::new(),
            places: Vec::new(),
            chunks: Vec::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<T: Value + ?Sized> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table of {}", self.places.len())
    }
}

fn value<T: Value + ?Sized>(chunks: &[T::Chunk], place: Place) -> &T {
    let begin = place.begin as usize;
    T::part(&chunks[place.chunk as usize], begin..begin + place.elements as usize)
}

impl<T: Value + ?Sized> Table<T> {
    /// The number of `value`, if it is kept.
    pub(super) fn find(&self, value: &T) -> Option<u32> {
        self.find_hashed(self.hasher.hash_one(value), value)
    }

    fn find_hashed(&self, hash: u64, value: &T) -> Option<u32> {
        self.ids.find(hash, |&id| *self.value(id) == *value).copied()
    }

    /// The number of `value`, which is kept if it is new.
    ///
    /// INVARIANT: fewer than 2²⁹ values; the log that would hold more does not fit in memory.
    pub(super) fn id(&mut self, new: &T) -> u32 {
        let hash = self.hasher.hash_one(new);
        if let Some(known) = self.find_hashed(hash, new) {
            return known;
        }
        let place = self.keep(new);
        let id = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(place);
        let Self { ids, places, chunks, hasher } = self;
        ids.insert_unique(hash, id, |&id| hasher.hash_one(value::<T>(chunks, places[id as usize])));
        id
    }

    fn keep(&mut self, new: &T) -> Place {
        let elements = new.elements();
        let filled = self.chunks.last().map(|chunk| T::filled(chunk));
        if filled.is_none_or(|(length, room)| room - length < elements) {
            let most = CHUNK_BYTES / T::ELEMENT_BYTES.max(1);
            let usual = filled.map_or(most / 32, |(_, room)| (room * 2).min(most));
            self.chunks.push(T::chunk(usual.max(elements)));
        }
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let chunk = number(self.chunks.len() - 1);
        let mut begin = 0;
        if let Some(last) = self.chunks.last_mut() {
            begin = T::filled(last).0;
            new.append(last);
        }
        Place { chunk, begin: number(begin), elements: number(elements) }
    }

    /// The value of a number that this table gave.
    pub(super) fn value(&self, id: u32) -> &T {
        value(&self.chunks, self.places[id as usize])
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_kept_once_and_found_by_its_number() {
        let mut texts = Table::<str>::default();
        let text = |number: usize| format!("{number}").repeat(number % 97);
        // Longer than a chunk, too.
        let long = "x".repeat(3 * CHUNK_BYTES);
        for _ in 0..2 {
            for number in 0..5_000 {
                let id = texts.id(&text(number)) as usize;
                assert!(id <= number && texts.value(id as u32) == text(number));
            }
            let id = texts.id(&long);
            assert_eq!(texts.value(id), long);
            assert_eq!(texts.find(&long), Some(id));
        }
        assert_eq!(texts.find("none"), None);
        let kept: usize = (0..texts.len() as u32).map(|id| texts.value(id).len()).sum();
        let held: usize = texts.chunks.iter().map(String::len).sum();
        assert_eq!(kept, held, "nothing lies there twice");
        let mut lists = Table::<[u64]>::default();
        let empty = lists.id(&[]);
        let ids: Vec<u32> = (0..9_000).map(|number| lists.id(&[number, 7])).collect();
        assert_eq!((lists.id(&[]), lists.len()), (empty, 9_001));
        assert!((0..).zip(&ids).all(|(number, &id)| *lists.value(id) == [number, 7]));
    }
}
