//! What a machine without a GPU says: this one, if it is one.

use assay_hal_cuda::{
    Device, DeviceError, GpuDevice, NvrtcError, SHIPPED, Target, compile_kernels,
};

#[test]
fn a_machine_without_a_gpu_says_what_it_lacks_in_one_sentence_and_does_not_panic() {
    match GpuDevice::open(0) {
        Ok(device) => println!("matched a GPU: {}", device.name()),
        Err(DeviceError::Missing { what }) => {
            let known = [
                "no CUDA driver: libcuda.so.1 cannot be loaded; install NVIDIA's driver",
                "the CUDA driver ",
                "no CUDA device",
                "CUDA device 0 ",
                "no kernels for CUDA device 0 ",
            ];
            let is_known = known.iter().any(|start| what.starts_with(start));
            assert!(is_known && !what.contains('\n'), "{what}");
            println!("matched 1 sentence: {what}");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_machine_without_the_compiler_says_so_and_one_with_it_compiles_the_kernels() {
    match compile_kernels(Target::Ptx(SHIPPED[0])) {
        Ok(ptx) => {
            let text = String::from_utf8(ptx).unwrap();
            assert!(text.contains(".target sm_80") && text.ends_with('\0'));
        }
        Err(error) => {
            assert_eq!(error, NvrtcError::Library);
            assert!(error.to_string().contains("libnvrtc.so"), "{error}");
        }
    }
}
