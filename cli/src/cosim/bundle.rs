//! `assay cosim --shrink DIR` and `--replay DIR`: a failure made small, and repeated.

use std::path::Path;
use std::sync::Arc;

use assay_executor::{Image, Input};
use assay_sim::{Bundle, CosimOptions, Shrunk, Symptom};

use super::options::SimArgs;
use super::{classify, print};
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::print_line;
use crate::progress::Progress;
use crate::text::{counted, grouped};

/// Reduces a run that failed, and writes the bundle.
pub fn shrink(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    failure: &assay_sim::Failure,
    folder: &Path,
    json: bool,
) -> Result<(), Failure> {
    let bar = Progress::new(Some(assay_sim::MOST_RUNS.into()), "runs", json);
    let mut watch = |runs: u32, smallest: usize| {
        if interrupt::asked() {
            // Nothing was written yet.
            std::process::exit(Exit::Interrupted as i32);
        }
        bar.at(runs.into(), || match smallest {
            usize::MAX => "looking for a program to begin with".to_owned(),
            words => counted(words as u64, "instruction"),
        });
    };
    let shrunk = assay_sim::shrink(image, input, options, failure, &mut watch).map_err(classify)?;
    drop(bar);
    let Some(Shrunk {
        mut bundle,
        report,
        runs,
    }) = shrunk
    else {
        tracing::warn!("the failure does not come back without what led to it: nothing to shrink");
        return Ok(());
    };
    bundle.write(folder, &report).map_err(classify)?;
    if !json {
        print_line(&format!(
            "\nshrunk to {} in {} runs; {} holds program, listing, options and report; repeat it with\n  {}",
            counted(bundle.manifest.instructions as u64, "instruction"),
            grouped(runs.into()),
            folder.display(),
            bundle.manifest.command
        ))?;
    }
    Ok(())
}

/// Runs a bundle. Its failure is a difference like any other; that it does not come back is success.
pub fn replay(folder: &Path, args: &SimArgs, json: bool) -> Outcome {
    let bundle = Bundle::read(folder).map_err(classify)?;
    let command = format!("assay cosim --replay {}", folder.display());
    let (image, input, mut options) = bundle.subject(command).map_err(classify)?;
    args.look(&mut options);
    if !bundle.is_of_this_rtl() {
        tracing::warn!(
            "the RTL has changed since: the bundle is of revision {}, this build has {}",
            bundle.manifest.rtl_revision,
            assay_sim::RTL_REVISION
        );
    }
    let report = assay_sim::cosim(&Arc::new(image), &input, &options, &mut ()).map_err(classify)?;
    print(&report, json)?;
    let expected = &bundle.manifest.symptom;
    let Some(failure) = &report.failure else {
        if !json {
            print_line("the failure of this bundle does not show: it is gone")?;
        }
        return Ok(Exit::Success);
    };
    let found = Symptom::of(failure);
    if found != *expected {
        tracing::warn!(
            "another failure than the bundle's, which was `{}` ({}) at retirement {}",
            expected.field,
            expected.class,
            expected.order
        );
    }
    Ok(Exit::Difference)
}
