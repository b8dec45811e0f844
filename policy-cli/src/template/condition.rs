//! Conditions of a template: whether they hold, as far as parameters tell.

use super::node::{Kind, Node};
use super::value::{Unknown, Values};

impl Values<'_> {
    /// Whether the condition of that name holds.
    pub(super) fn holds(&self, name: &str, depth: usize) -> Result<bool, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its conditions do not end")?;
        match self.root.at(&["Conditions", name]) {
            Some(condition) => {
                self.is_true(condition, depth).map_err(|reason| unclear(name, &reason))
            }
            None => Err(format!("the template has no condition `{name}`")),
        }
    }

    fn is_true(&self, node: &Node, depth: usize) -> Result<bool, Unknown> {
        let depth = depth.checked_sub(1).ok_or("its conditions do not end")?;
        let (name, argument) = match &node.kind {
            Kind::Map(entries) => match entries.as_slice() {
                [(name, argument)] => (&**name, argument),
                _ => return Err("it is a map".into()),
            },
            _ => return Err("it is no condition".into()),
        };
        let parts = match &argument.kind {
            Kind::List(parts) => parts.as_slice(),
            _ => &[],
        };
        match (name, parts) {
            ("Condition", _) => match argument.text() {
                Some(name) => self.holds(name, depth),
                None => Err("it names no condition".into()),
            },
            ("Fn::Equals", [left, right]) => {
                Ok(self.within(left, depth)? == self.within(right, depth)?)
            }
            ("Fn::Not", [one]) => Ok(!self.is_true(one, depth)?),
            ("Fn::And", parts) => self.all(parts, true, depth),
            ("Fn::Or", parts) => self.all(parts, false, depth),
            (name, _) => Err(format!("`{name}` is not worked out")),
        }
    }

    /// Whether all of them are `wanted`; that one is not settles it, whatever is not known of the others.
    fn all(&self, parts: &[Node], wanted: bool, depth: usize) -> Result<bool, Unknown> {
        let mut unknown = None;
        for part in parts {
            match self.is_true(part, depth) {
                Ok(holds) if holds == wanted => {}
                Ok(_) => return Ok(!wanted),
                Err(reason) => unknown = unknown.or(Some(reason)),
            }
        }
        match unknown {
            Some(reason) => Err(reason),
            None => Ok(wanted),
        }
    }
}

fn unclear(name: &str, reason: &str) -> Unknown {
    if reason.starts_with("whether") {
        return reason.to_owned();
    }
    format!("whether the condition `{name}` holds is not known: {reason}")
}
