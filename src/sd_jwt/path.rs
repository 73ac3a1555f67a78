//! Paths to claims: `address.region`, `nationalities[0]`, `nationalities[]`.

use std::fmt;
use std::str::FromStr;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Member(String),
    /// An element of an array.
    Element(usize),
    /// Every element of an array.
    EveryElement,
}

impl Step {
    /// Returns the name of a member of an object.
    pub fn member(&self) -> Option<&str> {
        match self {
            Step::Member(name) => Some(name),
            _ => None,
        }
    }

    /// Whether this step of a requested path leads to `actual`.
    pub fn matches(&self, actual: &Step) -> bool {
        match (self, actual) {
            (Step::EveryElement, Step::Element(_)) => true,
            // In a JSON Pointer, an index cannot be distinguished from a name.
            (Step::Member(name), Step::Element(index)) => *name == index.to_string(),
            _ => self == actual,
        }
    }
}

/// A path to a claim: names separated by dots, `[N]` for an array element, `[]` for every element. A path that begins with
/// `/` is a JSON Pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// Returns the path with these steps.
    pub fn new(steps: Vec<Step>) -> Path {
        Path(steps)
    }

    /// Returns the steps; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        if let Some(pointer) = text.strip_prefix('/') {
            let names = pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
            return Ok(Path(names.map(Step::Member).collect()));
        }
        for part in text.split('.') {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() {
                return Err("has an empty name; /a.b/0 is a JSON Pointer".into());
            }
            steps.push(Step::Member(name.to_owned()));
            while !rest.is_empty() {
                let (index, behind) = rest
                    .strip_prefix('[')
                    .and_then(|rest| rest.split_once(']'))
                    .ok_or("has a [ without its ]")?;
                steps.push(match index {
                    "" => Step::EveryElement,
                    index => Step::Element(
                        index.parse().map_err(|_| "has an index that is not a number")?,
                    ),
                });
                rest = behind;
            }
        }
        Ok(Path(steps))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if index == 0 => write!(f, "{name}")?,
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Element(at) => write!(f, "[{at}]")?,
                Step::EveryElement => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_paths_are_parsed_and_formatted() {
        let member = |name: &str| Step::Member(name.into());
        for (text, steps) in [
            ("a", vec![member("a")]),
            ("a.b", vec![member("a"), member("b")]),
            ("a[0]", vec![member("a"), Step::Element(0)]),
            (
                "a[][2].b",
                vec![
                    member("a"),
                    Step::EveryElement,
                    Step::Element(2),
                    member("b"),
                ],
            ),
        ] {
            let path: Path = text.parse().unwrap();
            assert_eq!(path.steps(), steps, "{text}");
            assert_eq!(path.to_string(), text);
        }
        let pointer: Path = "/a.b/0/c~1d".parse().unwrap();
        assert_eq!(pointer.steps(), [member("a.b"), member("0"), member("c/d")]);
        assert!(pointer.steps()[1].matches(&Step::Element(0)));
        assert!(!pointer.steps()[1].matches(&Step::Element(1)));
        for wrong in ["", ".", "a.", "a[", "a[x]", "a[0", "a[-1]", "a[0]b"] {
            assert!(wrong.parse::<Path>().is_err(), "{wrong}");
        }
    }
}
