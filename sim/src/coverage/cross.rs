//! A cross: how often each combination of some properties was seen.

/// The combinations of one value from each axis.
#[derive(Clone, Debug)]
pub(super) struct Cross {
    pub name: &'static str,
    /// What it is about, for the table.
    pub doc: &'static str,
    axes: Vec<Vec<&'static str>>,
    counts: Vec<u64>,
    possible: Vec<bool>,
}

impl Cross {
    /// All combinations that `possible` does not exclude; it gets one index an axis.
    pub fn new(
        name: &'static str,
        doc: &'static str,
        axes: Vec<Vec<&'static str>>,
        possible: impl Fn(&[usize]) -> bool,
    ) -> Self {
        let size = axes.iter().map(Vec::len).product();
        let mut cross = Self {
            name,
            doc,
            axes,
            counts: vec![0; size],
            possible: Vec::new(),
        };
        cross.possible = (0..size).map(|at| possible(&cross.indices(at))).collect();
        cross
    }

    fn indices(&self, mut at: usize) -> Vec<usize> {
        let mut indices = vec![0; self.axes.len()];
        for (index, axis) in indices.iter_mut().zip(&self.axes).rev() {
            *index = at % axis.len();
            at /= axis.len();
        }
        indices
    }

    /// Counts a combination.
    ///
    /// # Panics
    /// If it was excluded: then either the exclusion or the model of what happened is wrong.
    pub fn hit(&mut self, indices: &[usize]) {
        let at = self.place(indices);
        assert!(
            self.possible[at],
            "{}: {} was excluded",
            self.name,
            self.label(at)
        );
        self.counts[at] += 1;
    }

    fn place(&self, indices: &[usize]) -> usize {
        assert_eq!(indices.len(), self.axes.len(), "{}", self.name);
        indices.iter().zip(&self.axes).fold(0, |at, (&i, axis)| {
            assert!(i < axis.len(), "{}: {i} of {axis:?}", self.name);
            at * axis.len() + i
        })
    }

    fn label(&self, at: usize) -> String {
        let indices = self.indices(at);
        let words = indices.iter().zip(&self.axes).map(|(&i, axis)| axis[i]);
        words.collect::<Vec<_>>().join(", ")
    }

    /// Each combination and how often it was seen.
    pub fn bins(&self) -> impl Iterator<Item = (String, u64)> {
        (0..self.counts.len())
            .filter(|&at| self.possible[at])
            .map(|at| (self.label(at), self.counts[at]))
    }

    /// Adds to a combination by its name; `false` if there is none.
    pub fn add(&mut self, label: &str, count: u64) -> bool {
        let at = (0..self.counts.len()).find(|&at| self.possible[at] && self.label(at) == label);
        if let Some(at) = at {
            self.counts[at] += count;
        }
        at.is_some()
    }

    /// Combinations that were seen, and all.
    pub fn total(&self) -> (usize, usize) {
        let all = self.possible.iter().filter(|&&possible| possible).count();
        let hit = self.counts.iter().filter(|&&count| count > 0).count();
        (hit, all)
    }
}

#[cfg(test)]
mod tests {
    use super::Cross;

    #[test]
    fn cross_counts_combinations_and_names_its_holes() {
        let axes = vec![vec!["a", "b"], vec!["x", "y", "z"]];
        let mut cross = Cross::new("c", "", axes, |at| at != [1, 2]);
        cross.hit(&[0, 1]);
        cross.hit(&[0, 1]);
        cross.hit(&[1, 0]);
        assert_eq!(cross.total(), (2, 5));
        assert!(cross.add("b, y", 4) && !cross.add("b, z", 1));
        let bins: Vec<(String, u64)> = cross.bins().collect();
        let expected = [
            ("a, x", 0),
            ("a, y", 2),
            ("a, z", 0),
            ("b, x", 1),
            ("b, y", 4),
        ];
        assert_eq!(bins, expected.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    #[should_panic(expected = "was excluded")]
    fn cross_rejects_what_it_was_told_to_be_impossible() {
        Cross::new("c", "", vec![vec!["a"]], |_| false).hit(&[0]);
    }
}
