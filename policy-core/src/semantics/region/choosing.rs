//! Choosing an option for one group of keys after the other until the question is answered.

use std::rc::Rc;

use super::conditions::Ask;
use super::options::Options;

/// Chooses an option for one group after the other.
pub(super) struct Search<'s> {
    pub(super) ask: &'s Ask<'s>,
    pub(super) groups: &'s [Rc<Options>],
    pub(super) truth: Vec<Option<bool>>,
    /// Choices that may still be looked at.
    pub(super) left: usize,
}

impl Search<'_> {
    /// The options chosen from group `at` on.
    pub(super) fn find(&mut self, at: usize, imagined: bool) -> Option<Vec<usize>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let verdict = self.ask.holds(&self.truth);
        if verdict == Some(false) {
            return None;
        }
        let Some(group) = self.groups.get(at) else {
            // What is left open may hold: no proof.
            let found = if imagined { verdict != Some(false) } else { verdict == Some(true) };
            return found.then(Vec::new);
        };
        let group = group.clone();
        let imagined_here = imagined && group.incomplete.is_some();
        let count = match &group.possible {
            Some(possible) if imagined_here => possible.len(),
            None if imagined_here => 1 << group.atoms.len().min(14),
            _ => group.options.len(),
        };
        for number in 0..count {
            for (place, atom) in group.atoms.iter().enumerate() {
                let holds = match &group.possible {
                    Some(possible) if imagined_here => Some(possible[number][place]),
                    // Every way in which the atoms can hold or not; past 14 atoms, open.
                    None if imagined_here => (place < 14).then_some(number >> place & 1 == 1),
                    _ => Some(group.options[number].truth[place]),
                };
                self.truth[*atom] = holds;
            }
            if let Some(mut rest) = self.find(at + 1, imagined) {
                rest.insert(0, number);
                return Some(rest);
            }
        }
        for atom in &group.atoms {
            self.truth[*atom] = None;
        }
        None
    }
}
