//! Line and toggle coverage of the RTL, as Verilator counts it, added up over runs and by file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::error::SimError;

/// Holes that the table names in each file.
const HOLES_SHOWN: usize = 3;

/// Counts of points of the RTL's sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCoverage {
    /// By kind, file, line and what it is there; Verilator's own key beside the count.
    points: BTreeMap<Point, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    file: String,
    line: u32,
    is_toggle: bool,
    what: String,
}

/// Points that were reached, of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Reached.
    pub hit: usize,
    /// All.
    pub all: usize,
}

impl Share {
    /// In percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        if self.all == 0 {
            return 0.0;
        }
        100.0 * self.hit as f64 / self.all as f64
    }

    fn count(&mut self, hit: bool) {
        self.hit += usize::from(hit);
        self.all += 1;
    }
}

impl LineCoverage {
    /// Adds what a model counted to the file `path`, which is made if it is not there. `write` writes the model's counts.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if a file cannot be read or written, and what `write` returns.
    pub fn add(
        path: &Path,
        write: impl FnOnce(&str) -> Result<(), SimError>,
    ) -> Result<(), SimError> {
        let failed = |reason: String| SimError::Coverage {
            path: path.to_owned(),
            reason,
        };
        let fresh = path.with_extension("run");
        let name = fresh
            .to_str()
            .ok_or_else(|| failed("the path is no UTF-8".to_owned()))?;
        write(name)?;
        let mut coverage = Self::read(path)?;
        coverage.merge(Self::read(&fresh)?);
        std::fs::remove_file(&fresh).map_err(|error| failed(error.to_string()))?;
        std::fs::write(path, coverage.text()).map_err(|error| failed(error.to_string()))
    }

    /// Reads a file of Verilator's or of ours; nothing is covered where there is none.
    ///
    /// # Errors
    /// [`SimError::Coverage`] if it cannot be read.
    pub fn read(path: &Path) -> Result<Self, SimError> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let failed = |reason: String| SimError::Coverage {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let mut coverage = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with("C '") {
                let (point, count) = parse(line)
                    .ok_or_else(|| failed(format!("line {number} is no point of coverage")))?;
                *coverage.points.entry(point).or_default() += count;
            }
        }
        Ok(coverage)
    }

    fn merge(&mut self, other: Self) {
        for (point, count) in other.points {
            *self.points.entry(point).or_default() += count;
        }
    }

    /// In Verilator's format, with the keys that we use.
    fn text(&self) -> String {
        let mut text = "# SystemC::Coverage-3\n".to_owned();
        for (point, count) in &self.points {
            let page = if point.is_toggle {
                "v_toggle"
            } else {
                "v_line"
            };
            text += &format!(
                "C '\u{1}f\u{2}{}\u{1}l\u{2}{}\u{1}page\u{2}{page}\u{1}o\u{2}{}' {count}\n",
                point.file, point.line, point.what
            );
        }
        text
    }

    /// Lines and branches that ran, and signals' bits that toggled.
    #[must_use]
    pub fn total(&self) -> (Share, Share) {
        let (mut lines, mut toggles) = (Share::default(), Share::default());
        for (point, &count) in &self.points {
            if point.is_toggle {
                toggles.count(count > 0);
            } else {
                lines.count(count > 0);
            }
        }
        (lines, toggles)
    }
}

/// `C '\x01f\x02file\x01l\x02line\x01page\x02v_line/module\x01o\x02what…' count`
fn parse(line: &str) -> Option<(Point, u64)> {
    let (keys, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let value = |name: &str| {
        keys.split('\u{1}')
            .filter_map(|pair| pair.split_once('\u{2}'))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    let point = Point {
        file: value("f")?,
        line: value("l")?.parse().ok()?,
        is_toggle: value("page")?.starts_with("v_toggle"),
        what: value("o").unwrap_or_default(),
    };
    Some((point, count.trim().parse().ok()?))
}

impl fmt::Display for LineCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lines, toggles) = self.total();
        writeln!(
            f,
            "RTL: {:.1} % of {} lines and branches ran, {:.1} % of {} bits toggled",
            lines.percent(),
            lines.all,
            toggles.percent(),
            toggles.all
        )?;
        let mut files: BTreeMap<&str, (Share, Share, Vec<String>)> = BTreeMap::new();
        for (point, &count) in &self.points {
            let (lines, toggles, holes) = files.entry(&point.file).or_default();
            if point.is_toggle {
                toggles.count(count > 0);
            } else {
                lines.count(count > 0);
                if count == 0 {
                    holes.push(format!("line {} ({})", point.line, point.what));
                }
            }
        }
        for (file, (lines, toggles, holes)) in files {
            write!(
                f,
                "\n  {file:<36} lines {:>4} of {:>4}   toggles {:>6} of {:>6}",
                lines.hit, lines.all, toggles.hit, toggles.all
            )?;
            for hole in holes.iter().take(HOLES_SHOWN) {
                write!(f, "\n      never: {hole}")?;
            }
            if let Some(more) = holes.len().checked_sub(HOLES_SHOWN + 1) {
                write!(f, "\n      and {} more", more + 1)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "# SystemC::Coverage-3\n\
        C '\u{1}f\u{2}rtl/a.sv\u{1}l\u{2}7\u{1}n\u{2}3\u{1}page\u{2}v_line/a\u{1}o\u{2}if\u{1}h\u{2}top.a' 2\n\
        C '\u{1}f\u{2}rtl/a.sv\u{1}l\u{2}7\u{1}n\u{2}4\u{1}page\u{2}v_line/a\u{1}o\u{2}else\u{1}h\u{2}top.a' 0\n\
        C '\u{1}f\u{2}rtl/a.sv\u{1}l\u{2}9\u{1}n\u{2}1\u{1}page\u{2}v_toggle/a\u{1}o\u{2}q[3]\u{1}h\u{2}top.a' 5\n";

    #[test]
    fn counts_of_runs_add_up_and_holes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.dat");
        for _ in 0..2 {
            LineCoverage::add(&path, |run| {
                std::fs::write(run, RUN).unwrap();
                Ok(())
            })
            .unwrap();
        }
        let coverage = LineCoverage::read(&path).unwrap();
        let shares = (Share { hit: 1, all: 2 }, Share { hit: 1, all: 1 });
        assert_eq!(coverage.total(), shares);
        assert_eq!(coverage.points.values().sum::<u64>(), 14);
        let text = coverage.to_string();
        assert!(text.contains("never: line 7 (else)"), "{text}");
    }

    #[test]
    fn file_that_is_no_coverage_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.dat");
        std::fs::write(&path, "C 'nonsense' many\n").unwrap();
        let text = LineCoverage::read(&path).unwrap_err().to_string();
        assert!(text.contains("line 1 is no point"), "{text}");
    }
}
