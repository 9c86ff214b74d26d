//! `cargo xtask test`: what CI runs.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::process::{Outcome, cargo, run, run_suite, succeeds};
use crate::setup::{self, Setup};
use crate::{bugs, cuda, faults, lint, readme, workspace};

/// Options of `test`.
#[derive(clap::Args)]
pub struct Args {
    /// Leave out what needs Verilator (lint, lock-step, riscv-tests on the RTL).
    #[arg(long)]
    no_rtl: bool,
    /// Run only the steps whose name contains this text.
    #[arg(long)]
    only: Option<String>,
}

/// Runs steps one after the other, a failure does not keep the later ones from running, and adds up.
pub struct Steps {
    only: Option<String>,
    start: Instant,
    total: Outcome,
    failures: Vec<String>,
}

impl Steps {
    pub fn new(only: Option<String>) -> Self {
        Self {
            only,
            start: Instant::now(),
            total: Outcome::default(),
            failures: Vec::new(),
        }
    }

    /// A step with a result of its own.
    pub fn suite(&mut self, name: &str, body: impl FnOnce() -> Result<Outcome>) {
        if self
            .only
            .as_deref()
            .is_some_and(|only| !name.contains(only))
        {
            return;
        }
        println!(
            "\n== {name} (at {:.0} s)",
            self.start.elapsed().as_secs_f64()
        );
        std::io::stdout().flush().ok();
        match body() {
            Ok(outcome) => {
                if outcome.failed > 0 {
                    self.failures.push(name.to_owned());
                }
                self.total.add(outcome);
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                self.total.failed += 1;
                self.failures.push(name.to_owned());
            }
        }
    }

    /// A step that passes or fails as one.
    pub fn check(&mut self, name: &str, body: impl FnOnce() -> Result<()>) {
        self.suite(name, || {
            body().map(|()| Outcome {
                passed: 1,
                ..Outcome::default()
            })
        });
    }

    /// Prints what was matched and the summary line.
    ///
    /// # Errors
    /// If anything failed.
    pub fn finish(self) -> Result<()> {
        println!(
            "\n== summary (after {:.0} s)",
            self.start.elapsed().as_secs_f64()
        );
        for line in &self.total.matched {
            println!("{line}");
        }
        for name in &self.failures {
            println!("failed: {name}");
        }
        for test in &self.total.broken {
            println!("failed: test {test}");
        }
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if self.total.failed > 0 {
            bail!("{} of the steps failed", self.failures.len());
        }
        Ok(())
    }
}

/// A test that lacks a tool fails, where otherwise it would say so and pass.
fn require(command: &mut Command, setup: &Setup) {
    setup.export(command);
    command.env("ASSAY_REQUIRE_TOOLS", "1");
}

/// Runs everything.
///
/// # Errors
/// If anything failed.
pub fn run_all(args: &Args) -> Result<()> {
    let root = workspace::root();
    let mut steps = Steps::new(args.only.clone());

    let mut setup: Option<Setup> = None;
    if !args.no_rtl {
        steps.check("setup", || {
            setup = Some(setup::run()?);
            Ok(())
        });
        if setup.is_none() {
            // With --only the step was not asked for, but its result is needed.
            setup = setup::run().ok();
        }
    }

    steps.check("generated files are those of the contract", || {
        crate::r#gen::run(true)
    });
    steps.check("README tables are those of the figures", readme::check);
    steps.check("pages of bugs and faults are those of the results", || {
        bugs::check()?;
        faults::check()
    });
    if succeeds(cargo(&root).args(["fmt", "--version"])) {
        steps.check("format", || {
            run(cargo(&root).args(["fmt", "--all", "--check"]))
        });
    }
    if succeeds(cargo(&root).args(["clippy", "--version"])) {
        steps.check("clippy", || {
            run(cargo(&root).args([
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))
        });
    }
    steps.suite("tests without Verilator", || {
        let mut command = cargo(&root);
        if let Some(setup) = &setup {
            require(&mut command, setup);
        }
        command.args(["test", "--workspace", "--no-fail-fast"]);
        if succeeds(Command::new("c++").arg("--version")) {
            // The CUDA kernels, compiled for the host.
            command.args(["--features", "assay-hal-cuda/host,assay-cli/cuda-host"]);
        } else {
            println!("left out for want of a C++ compiler: the CUDA kernels on the host");
        }
        run_suite(command.args(["--", "--show-output"]), "workspace")
    });
    steps.suite("CUDA kernels for every architecture", cuda::suite);
    if args.no_rtl {
        println!("\nleft out by --no-rtl: lint of the RTL and everything in lock-step");
    } else if let Some(setup) = &setup {
        steps.check("lint of the RTL", || lint::lint(&setup.verilator));
        steps.suite("lock-step: golden model, engines and RTL", || {
            let mut command = cargo(&root);
            require(&mut command, setup);
            // One selection, so that what they share is compiled once.
            command.args(["test", "--no-fail-fast", "--features"]);
            command.args(["cores,engines,assay-engine-sim/verilator,assay-card-sim/verilator"]);
            for package in [
                "assay-sim",
                "assay-cli",
                "assay-engine-sim",
                "assay-card-sim",
            ] {
                command.args(["-p", package]);
            }
            command.args(["--", "--show-output"]);
            run_suite(&mut command, "lockstep")
        });
    } else {
        steps.check("lock-step: golden model, engines and RTL", || {
            bail!("not run: set-up failed, see above")
        });
    }
    steps.finish()
}
