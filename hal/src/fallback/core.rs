//! Walks the list of devices.

use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::Policy;
use super::device::{Device, Member};
use super::held::{Held, HeldTree, Places, Recipe};
use crate::error::{Difference, HalError, Place};
use crate::field::{Digest, HalField, HostMatrix, StockMmcs, stock_mmcs};
use crate::handle::{Buffer, Opening, Tree};
use crate::operation::{Capabilities, Cost, Kind, Operation, Shape, log_ceil};
use crate::pool::compute;
use crate::sample;
use crate::usage::Usage;

pub struct Core<F: HalField> {
    devices: Vec<Device<F>>,
    policy: Policy,
    rng: Mutex<SmallRng>,
    permutation: F::Permutation,
    mmcs: StockMmcs<F>,
}

/// Why a device did not do something.
enum Trouble {
    /// It is its own.
    Device(HalError),
    /// It would be the same anywhere: the input cannot be had.
    Input(HalError),
}

impl From<HalError> for Trouble {
    fn from(error: HalError) -> Self {
        Self::Device(error)
    }
}

impl<F: HalField> Core<F> {
    pub fn new(members: Vec<Member<F>>, policy: Policy) -> Self {
        Self {
            devices: members.into_iter().map(Device::new).collect(),
            policy,
            rng: Mutex::new(SmallRng::from_rng(&mut rand::rng())),
            permutation: F::permutation(),
            mmcs: stock_mmcs::<F>(0),
        }
    }

    /// The devices that may be asked.
    fn asked(&self) -> &[Device<F>] {
        match self.policy.require_device {
            true => slice::from_ref(&self.devices[0]),
            false => &self.devices,
        }
    }

    pub fn left_out(&self) -> Vec<String> {
        let out = self.devices.iter().filter(|device| device.is_out());
        out.map(|device| device.name.clone()).collect()
    }

    pub fn usage(&self) -> Vec<Usage> {
        self.devices.iter().flat_map(Device::usage).collect()
    }

    /// All that any device can do.
    pub fn capabilities(&self) -> Capabilities {
        let all: Vec<_> = self
            .asked()
            .iter()
            .map(|device| device.hal().capabilities())
            .collect();
        let names: Vec<_> = all.iter().map(|one| one.device.as_str()).collect();
        let can = |kind: &Kind| all.iter().any(|one| one.operations.contains(kind));
        Capabilities {
            device: names.join(", "),
            field: F::NAME,
            operations: Kind::ALL.into_iter().filter(can).collect(),
            max_log_height: all.iter().map(|one| one.max_log_height).max().unwrap_or(0),
            max_width: all.iter().map(|one| one.max_width).max().unwrap_or(0),
            memory: None,
        }
    }

    /// What it takes where it would be done.
    pub fn estimate(&self, operation: &Operation<'_>) -> Result<Cost, HalError> {
        let mut first = None;
        for device in self.asked() {
            match device.hal().estimate(operation) {
                Err(error) if !matches!(error, HalError::BadArgument(_)) => {
                    first.get_or_insert(error);
                }
                result => return result,
            }
        }
        Err(first.unwrap_or_else(|| HalError::bad("no device")))
    }

    /// Asks one device after the other, but not those to be skipped.
    fn attempt<T>(
        &self,
        kind: Kind,
        skip: &[usize],
        run: impl Fn(usize, &Device<F>) -> Result<T, Trouble>,
    ) -> Result<T, HalError> {
        let mut first = None;
        for (i, device) in self.asked().iter().enumerate() {
            if skip.contains(&i) {
                continue;
            }
            if device.is_out() {
                first.get_or_insert_with(|| HalError::DeviceLost {
                    device: device.name.clone(),
                    why: "it is left out".to_owned(),
                });
                continue;
            }
            match run(i, device) {
                Ok(done) => {
                    device.succeeded();
                    return Ok(done);
                }
                Err(Trouble::Input(error) | Trouble::Device(error @ HalError::BadArgument(_))) => {
                    return Err(error);
                }
                Err(Trouble::Device(error)) => {
                    device.failed(kind, &error, self.policy.give_up_after);
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or_else(|| HalError::bad("no device is left")))
    }

    /// A matrix on a device.
    fn place(&self, held: &Held<F>, i: usize) -> Result<Buffer<F>, Trouble> {
        let there = |places: &Places<F>| {
            let mut on = places.on.iter();
            on.find(|(at, _)| *at == i)
                .map(|(_, buffer)| buffer.clone())
        };
        if let Some(buffer) = there(&lock(&held.places)) {
            return Ok(buffer);
        }
        let host = self.host(held).map_err(Trouble::Input)?;
        let buffer = self.devices[i].hal().upload(host)?;
        lock(&held.places).on.push((i, buffer.clone()));
        Ok(buffer)
    }

    /// A matrix on the host: from where it is, or made again.
    pub fn host(&self, held: &Held<F>) -> Result<HostMatrix<F>, HalError> {
        let mut silent = Vec::new();
        loop {
            if let Some(host) = &lock(&held.places).host {
                return Ok(host.clone());
            }
            let on = lock(&held.places).on.clone();
            let mut last = None;
            for (i, buffer) in on {
                let hal = self.devices[i].hal();
                match hal.download(&buffer).and_then(|pending| pending.wait()) {
                    Ok(matrix) => {
                        lock(&held.places).host = Some(matrix.clone());
                        return Ok(matrix);
                    }
                    Err(error) => {
                        self.devices[i].failed(Kind::Download, &error, self.policy.give_up_after);
                        held.forget(i);
                        silent.push(i);
                        last = Some(error);
                    }
                }
            }
            match (&held.recipe, last) {
                (Some(recipe), None) => *lock(&held.places) = self.make(recipe, &silent)?,
                (Some(recipe), Some(error)) if !self.policy.require_device => {
                    *lock(&held.places) = self.make(recipe, &silent).map_err(|_| error)?;
                }
                (_, error) => {
                    return Err(error.unwrap_or_else(|| HalError::bad("a matrix that is nowhere")));
                }
            }
        }
    }

    /// A matrix that a recipe gives.
    pub fn hold(&self, recipe: Recipe<F>) -> Result<Held<F>, HalError> {
        let places = self.make(&recipe, &[])?;
        Ok(Held {
            shape: recipe.output(),
            recipe: Some(recipe),
            places: Mutex::new(places),
        })
    }

    fn make(&self, recipe: &Recipe<F>, skip: &[usize]) -> Result<Places<F>, HalError> {
        self.attempt(recipe.operation().kind(), skip, |i, device| {
            let made = self.make_on(i, device, recipe);
            if matches!(made, Err(Trouble::Device(_))) {
                recipe.input.forget(i);
            }
            made
        })
    }

    fn make_on(
        &self,
        i: usize,
        device: &Device<F>,
        recipe: &Recipe<F>,
    ) -> Result<Places<F>, Trouble> {
        let (hal, operation) = (device.hal(), recipe.operation());
        // Before anything is sent there.
        hal.estimate(&operation)?;
        let Recipe { input, step } = recipe;
        let made = step.apply(hal, &self.place(input, i)?)?;
        hal.wait(&made)?;
        let mut host = None;
        if let Some(sampling) = self.policy.sampling.filter(|_| !device.member.trusted) {
            let output = hal.download(&made)?.wait()?;
            let input = self.host(input).map_err(Trouble::Input)?;
            let wrong = compute(|| {
                let rng = &mut lock(&self.rng);
                step.check(&sampling, rng, &self.permutation, &input, &output)
            });
            if let Some(wrong) = wrong.map_err(Trouble::Input)? {
                return Err(self.wrong(i, operation.kind(), wrong).into());
            }
            host = Some(output);
        }
        Ok(Places {
            host,
            on: vec![(i, made)],
        })
    }

    fn wrong(&self, i: usize, operation: Kind, difference: Difference) -> HalError {
        HalError::WrongResult {
            device: self.devices[i].name.clone(),
            operation,
            difference,
        }
    }

    /// A tree over matrices.
    pub fn hold_tree(
        &self,
        inputs: Vec<Arc<Held<F>>>,
        shapes: Vec<Shape>,
    ) -> Result<HeldTree<F>, HalError> {
        let (made_on, root, tree) = self.attempt(Kind::Commit, &[], |i, _| {
            let (root, tree) = self.plant(i, &inputs, &shapes)?;
            Ok((i, root, tree))
        })?;
        Ok(HeldTree {
            inputs,
            shapes,
            root,
            made_on,
            on: Mutex::new(vec![(made_on, tree)]),
        })
    }

    /// A tree on a device, checked at random rows.
    fn plant(
        &self,
        i: usize,
        inputs: &[Arc<Held<F>>],
        shapes: &[Shape],
    ) -> Result<(Digest<F>, Tree<F>), Trouble> {
        let planted = self.plant_on(i, inputs, shapes);
        if matches!(planted, Err(Trouble::Device(_))) {
            inputs.iter().for_each(|input| input.forget(i));
        }
        planted
    }

    fn plant_on(
        &self,
        i: usize,
        inputs: &[Arc<Held<F>>],
        shapes: &[Shape],
    ) -> Result<(Digest<F>, Tree<F>), Trouble> {
        let hal = self.devices[i].hal();
        hal.estimate(&Operation::Commit(shapes))?;
        let buffers = inputs.iter().map(|input| self.place(input, i));
        let buffers: Vec<_> = buffers.collect::<Result<_, _>>()?;
        let tree = hal.commit(&buffers)?;
        let cap = hal.cap(&tree, 0)?.wait()?;
        let size = || Difference {
            place: Place::Size,
            found: cap.len().to_string(),
            expected: "one root".to_owned(),
        };
        let &[root] = cap.as_slice() else {
            return Err(self.wrong(i, Kind::Commit, size()).into());
        };
        if let Some(sampling) = self.policy.sampling {
            let rows = {
                let mut rng = lock(&self.rng);
                let height = tree.height();
                let rows = (0..sampling.rows).map(|_| rng.random_range(0..height));
                rows.collect::<Vec<_>>()
            };
            self.open_on(i, &tree, &root, inputs, shapes, &rows, Kind::Commit)?;
        }
        Ok((root, tree))
    }

    /// Rows from a device, checked.
    #[allow(clippy::too_many_arguments)]
    fn open_on(
        &self,
        i: usize,
        tree: &Tree<F>,
        root: &Digest<F>,
        inputs: &[Arc<Held<F>>],
        shapes: &[Shape],
        rows: &[usize],
        kind: Kind,
    ) -> Result<Vec<Opening<F>>, HalError> {
        let device = &self.devices[i];
        if device.member.trusted && kind == Kind::Commit {
            return Ok(Vec::new());
        }
        let openings = device.hal().open_rows(tree, rows)?.wait()?;
        if self.policy.sampling.is_none() || device.member.trusted {
            return Ok(openings);
        }
        let hosts = inputs.iter().map(|input| lock(&input.places).host.clone());
        let hosts: Vec<_> = hosts.collect();
        let wrong = match openings.len() == rows.len() {
            false => Some(Difference {
                place: Place::Size,
                found: openings.len().to_string(),
                expected: rows.len().to_string(),
            }),
            true => compute(|| {
                rows.iter().zip(&openings).find_map(|(&row, opening)| {
                    sample::opening(&self.mmcs, root, shapes, &hosts, row, opening)
                })
            })?,
        };
        match wrong {
            Some(wrong) => Err(self.wrong(i, kind, wrong)),
            None => Ok(openings),
        }
    }

    /// Asks a device that has the tree, or plants it again on one that has not.
    fn on_tree<T>(
        &self,
        held: &HeldTree<F>,
        kind: Kind,
        run: impl Fn(usize, &Tree<F>) -> Result<T, HalError>,
    ) -> Result<T, HalError> {
        self.attempt(kind, &[], |i, _| {
            let there = {
                let on = lock(&held.on);
                on.iter()
                    .find(|(at, _)| *at == i)
                    .map(|(_, tree)| tree.clone())
            };
            let tree = match there {
                Some(tree) => tree,
                None => {
                    let (root, tree) = self.plant(i, &held.inputs, &held.shapes)?;
                    self.same_root(held, i, &root).map_err(Trouble::Input)?;
                    lock(&held.on).push((i, tree.clone()));
                    tree
                }
            };
            let done = run(i, &tree);
            if done.is_err() {
                lock(&held.on).retain(|(at, _)| *at != i);
            }
            Ok(done?)
        })
    }

    /// Whether a tree that was made again is the one that was committed to. If not, what was said of it is lost: a proof that knows the
    /// first root has to be made again.
    fn same_root(&self, held: &HeldTree<F>, i: usize, root: &Digest<F>) -> Result<(), HalError> {
        if *root == held.root {
            return Ok(());
        }
        // Between two that are not trusted nobody knows which is right; one that is, is.
        let blamed = match self.devices[held.made_on].member.trusted {
            true => i,
            false => held.made_on,
        };
        let difference = Difference {
            place: Place::Node {
                layer: log_ceil(
                    held.shapes
                        .iter()
                        .map(|shape| shape.height)
                        .max()
                        .unwrap_or(1),
                ),
                index: 0,
            },
            found: format!("{:?}", held.root),
            expected: format!("{root:?}"),
        };
        let error = self.wrong(blamed, Kind::Commit, difference);
        self.devices[blamed].failed(Kind::Commit, &error, self.policy.give_up_after);
        self.devices[blamed].leave_out("what it committed to is not what it was given");
        Err(error)
    }

    /// Rows and paths.
    pub fn open(&self, held: &HeldTree<F>, rows: &[usize]) -> Result<Vec<Opening<F>>, HalError> {
        self.on_tree(held, Kind::Open, |i, tree| {
            let HeldTree {
                root,
                inputs,
                shapes,
                ..
            } = held;
            self.open_on(i, tree, root, inputs, shapes, rows, Kind::Open)
        })
    }

    /// A cap: its digests are on the paths of rows below each of them, by which they are checked.
    pub fn cap(&self, held: &HeldTree<F>, height: usize) -> Result<Vec<Digest<F>>, HalError> {
        if height == 0 {
            return Ok(vec![held.root]);
        }
        self.on_tree(held, Kind::Open, |i, tree| {
            let cap = self.devices[i].hal().cap(tree, height)?.wait()?;
            let height = height.min(log_ceil(tree.height()));
            let below = tree.height().next_power_of_two() >> height;
            let first = |digest: usize| digest * below;
            let rows: Vec<usize> = (0..1 << height)
                .map(first)
                .filter(|&row| row < tree.height())
                .collect();
            let HeldTree {
                root,
                inputs,
                shapes,
                ..
            } = held;
            let openings = self.open_on(i, tree, root, inputs, shapes, &rows, Kind::Open)?;
            let checked = self.policy.sampling.is_some() && !self.devices[i].member.trusted;
            let levels = log_ceil(tree.height()) - height;
            for (digest, opening) in openings
                .iter()
                .enumerate()
                .filter(|_| checked && height > 0)
            {
                // The sibling of this digest, as the path of a row below it has it.
                let expected = opening.path.get(levels);
                let found = cap.get(digest ^ 1);
                if found != expected {
                    let place = Place::Node {
                        layer: levels,
                        index: digest ^ 1,
                    };
                    let difference = Difference {
                        place,
                        found: format!("{found:?}"),
                        expected: format!("{expected:?}"),
                    };
                    return Err(self.wrong(i, Kind::Commit, difference));
                }
            }
            Ok(cap)
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind these locks is replaced whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
