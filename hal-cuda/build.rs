//! Compiles the kernels for the host, if the feature `host` asks for it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "host")]
    host();
}

#[cfg(feature = "sanitize")]
const SANITIZE: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

#[cfg(feature = "host")]
fn host() {
    println!("cargo:rerun-if-changed=kernels");
    let mut build = cc::Build::new();
    #[cfg(feature = "sanitize")]
    {
        for flag in SANITIZE {
            build.flag(flag);
        }
        // The checks' libraries come first: they stand in front of the allocator.
        println!("cargo:rustc-link-lib=dylib=asan");
        println!("cargo:rustc-link-lib=dylib=ubsan");
    }
    build
        .cpp(true)
        .std("c++17")
        .define("ASSAY_HOST", None)
        .include("kernels")
        .file("kernels/host.cc")
        .opt_level(2)
        .warnings(true)
        // What only a device's compiler knows.
        .flag_if_supported("-Wno-unknown-pragmas")
        .compile("assay_kernels");
}
