//! The verb and the table of a PartiQL statement.

/// The verb and the table of a PartiQL statement.
pub(super) struct Statement {
    pub(super) action: &'static str,
    pub(super) table: Option<String>,
    pub(super) index: Option<String>,
}

impl Statement {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = Words(text);
        let verb = words.next()?;
        let (action, before) = match verb.to_ascii_uppercase().as_str() {
            "SELECT" => ("dynamodb:PartiQLSelect", Some("FROM")),
            "INSERT" => ("dynamodb:PartiQLInsert", Some("INTO")),
            "UPDATE" => ("dynamodb:PartiQLUpdate", None),
            "DELETE" => ("dynamodb:PartiQLDelete", Some("FROM")),
            _ => return None,
        };
        if let Some(keyword) = before {
            words.find(|word| word.eq_ignore_ascii_case(keyword));
        }
        let table = words.next().and_then(name);
        let index = match table {
            Some(_) if words.0.starts_with('.') => {
                words.0 = &words.0[1..];
                words.next().and_then(name)
            }
            _ => None,
        };
        Some(Self { action, table, index })
    }
}

/// A word as a name: without its quotes, and no text or bracket.
fn name(word: &str) -> Option<String> {
    match word.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').filter(|name| !name.is_empty()),
        None => Some(word).filter(|word| word.starts_with(|c: char| c.is_ascii_alphanumeric())),
    }
    .map(ToOwned::to_owned)
}

/// Words of a statement: quoted names, texts, bare words, single signs.
struct Words<'s>(&'s str);

impl<'s> Iterator for Words<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let end = match first {
            '"' | '\'' => {
                let close = text[1..].find(first)?;
                close + 2
            }
            c if is_word(c) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
            c => c.len_utf8(),
        };
        let (word, rest) = text.split_at(end);
        self.0 = rest;
        Some(word)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partiql_statements_tell_verb_table_and_index() {
        let table: [(&str, &str, Option<&str>, Option<&str>); 8] = [
            ("SELECT * FROM \"orders\" WHERE id = ?", "Select", Some("orders"), None),
            ("select a, 'from x' from orders", "Select", Some("orders"), None),
            ("SELECT * FROM \"orders\".\"by-date\"", "Select", Some("orders"), Some("by-date")),
            ("INSERT INTO \"order-lines\" VALUE {'id': ?}", "Insert", Some("order-lines"), None),
            ("UPDATE \"orders\" SET a = 1", "Update", Some("orders"), None),
            ("DELETE FROM orders WHERE id = 1", "Delete", Some("orders"), None),
            ("SELECT * FROM", "Select", None, None),
            ("SELECT * FROM (", "Select", None, None),
        ];
        for (text, verb, name, index) in table {
            let statement = Statement::parse(text).unwrap();
            assert_eq!(statement.action, format!("dynamodb:PartiQL{verb}"), "{text}");
            assert_eq!(statement.table.as_deref(), name, "{text}");
            assert_eq!(statement.index.as_deref(), index, "{text}");
        }
        for text in ["", "EXISTS (SELECT 1)", "***", "\"", "'"] {
            assert!(Statement::parse(text).is_none(), "{text}");
        }
    }
}
