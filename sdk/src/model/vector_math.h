// LibTorch's vector functions, made ready for several threads.
#pragma once

namespace modelhost {

/// Calls each function of MKL's vector library that LibTorch uses once, on one element. Where the first call
/// of a process comes from two threads at once, MKL 2024.2 lets one of them compute with half the digits
/// (tanh: 1 process in 100 had an error of 1e-4 in half of a tensor; none after this call). Cheap after the
/// first time; thread-safe.
void prepare_vector_math();

}  // namespace modelhost
