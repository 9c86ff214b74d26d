//! The executor: plain execution with page tracking and segments, and full records.

use std::hint::black_box;

use assay_abi::Po2;
use assay_benches::{executor, workload};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn speeds(criterion: &mut Criterion) {
    let mut workloads = vec![workload::short_loop(10_000_000).expect("the loop loads")];
    workloads.extend(workload::guests().expect("the guests load"));
    for workload in &workloads {
        let mut group = criterion.benchmark_group(workload.name);
        group.sample_size(10);
        let cycles = executor::run(workload, Po2::DEFAULT).expect("it runs");
        group.throughput(Throughput::Elements(cycles));
        group.bench_function("instructions", |bencher| {
            bencher.iter(|| executor::run(black_box(workload), Po2::DEFAULT).expect("it runs"));
        });
        let segments = executor::segments(workload, Po2::DEFAULT).expect("it runs");
        let first = &segments[..1];
        group.throughput(Throughput::Elements(first[0].cycles.into()));
        group.bench_function("records", |bencher| {
            bencher.iter(|| executor::record(black_box(first)).expect("it replays"));
        });
        group.finish();
    }
}

criterion_group!(benches, speeds);
criterion_main!(benches);
