#include "modelhost/host/checkpoints/diff_checkpoints.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>

#include "modelhost/formats/drop_pages.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost::host {
namespace {

constexpr int64_t kElementsOfPart = int64_t{1} << 19;

// A run of one tensor's elements, at most kElementsOfPart.
struct Run {
  TensorInfo info;
  TensorBytes bytes;
  at::Tensor numbers() const { return tensor_over(info, bytes).to(at::kDouble); }
};

Run run_of(const TensorInfo& tensor, const TensorBytes& bytes, int64_t first, int64_t count) {
  const uint64_t element = dtype_bits(tensor.dtype) / 8;
  Run run{tensor,
          {bytes.data.subspan(static_cast<uint64_t>(first) * element, static_cast<uint64_t>(count) * element),
           bytes.owner}};
  run.info.shape = {count};
  return run;
}

int64_t count_other_bits(const Run& a, const Run& b) {
  const std::size_t element = dtype_bits(a.info.dtype) / 8;
  int64_t count = 0;
  for (std::size_t at = 0; at < a.bytes.data.size(); at += element) {
    count += std::memcmp(a.bytes.data.data() + at, b.bytes.data.data() + at, element) != 0 ? 1 : 0;
  }
  return count;
}

Distance distance_of_numbers(const double* x, const double* y, int64_t count) {
  Distance distance;
  for (int64_t i = 0; i < count; ++i) {
    const bool same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]));
    if (same) continue;
    ++distance.different;
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      ++distance.nonfinite;
      continue;
    }
    const double apart = std::abs(x[i] - y[i]);
    distance.max_abs = std::max(distance.max_abs, apart);
    distance.sum_abs += apart;
  }
  return distance;
}

Distance distance_of_runs(const Run& a, const Run& b) {
  const int64_t count = a.info.shape[0];
  const bool same_dtype = a.info.dtype == b.info.dtype;
  Distance distance;
  if (!same_dtype || std::memcmp(a.bytes.data.data(), b.bytes.data.data(), a.bytes.data.size()) != 0) {
    const at::Tensor x = a.numbers(), y = b.numbers();
    distance = distance_of_numbers(x.const_data_ptr<double>(), y.const_data_ptr<double>(), count);
    if (same_dtype) distance.different = count_other_bits(a, b);
  }
  distance.elements = count;
  return distance;
}

// Complex numbers as pairs of real ones.
TensorInfo as_real(TensorInfo tensor) {
  tensor.shape = {tensor.elements() * (tensor.dtype == Dtype::kC64 ? 2 : 1)};
  if (tensor.dtype == Dtype::kC64) tensor.dtype = Dtype::kF32;
  return tensor;
}

bool can_compare(const TensorInfo& a, const TensorInfo& b) {
  return a.shape == b.shape && (a.dtype == Dtype::kC64) == (b.dtype == Dtype::kC64) && scalar_type(a.dtype) &&
         scalar_type(b.dtype);
}

Distance distance_of(const TensorInfo& a, const TensorBytes& bytes_a, const TensorInfo& b,
                     const TensorBytes& bytes_b) {
  const TensorInfo left = as_real(a), right = as_real(b);
  Distance distance;
  for (int64_t done = 0; done < left.shape[0]; done += kElementsOfPart) {
    const int64_t count = std::min(kElementsOfPart, left.shape[0] - done);
    const Run x = run_of(left, bytes_a, done, count), y = run_of(right, bytes_b, done, count);
    distance.add(distance_of_runs(x, y));
    drop_pages(x.bytes);
    drop_pages(y.bytes);
  }
  return distance;
}

bool same_bits(const TensorBytes& a, const TensorBytes& b) {
  return a.data.size() == b.data.size() &&
         (a.data.empty() || std::memcmp(a.data.data(), b.data.data(), a.data.size()) == 0);
}

std::vector<std::string> names_missing(const CheckpointReader& from, const CheckpointReader& in) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : from.tensors()) {
    if (!in.find(tensor.name)) names.push_back(tensor.name);
  }
  std::ranges::sort(names);
  return names;
}

// What cannot be compared stands before all that can.
auto rank(const TensorDifference& difference) {
  return std::tuple(!difference.compared, difference.distance.nonfinite > 0, difference.distance.max_abs);
}

}  // namespace

void Distance::add(const Distance& other) {
  elements += other.elements;
  different += other.different;
  nonfinite += other.nonfinite;
  max_abs = std::max(max_abs, other.max_abs);
  sum_abs += other.sum_abs;
}

CheckpointDifference diff_checkpoints(CheckpointReader& a, CheckpointReader& b,
                                      const std::function<void(uint64_t done, uint64_t total)>& progress) {
  CheckpointDifference result{names_missing(a, b), names_missing(b, a), {}, 0, {}};
  uint64_t done = 0;
  for (const TensorInfo& left : a.tensors()) {
    done += left.bytes();
    const TensorInfo* right = b.find(left.name);
    if (!right) continue;
    TensorDifference one{left, *right, can_compare(left, *right), {}};
    bool same = false;
    if (one.compared) {
      one.distance = distance_of(left, a.bytes(left), *right, b.bytes(*right));
      same = left.dtype == right->dtype && one.distance.different == 0;
      result.all.add(one.distance);
    } else if (left.dtype == right->dtype && left.shape == right->shape) {
      same = same_bits(a.bytes(left), b.bytes(*right));
    }
    if (same) {
      ++result.same_tensors;
    } else {
      result.tensors.push_back(std::move(one));
    }
    if (progress) progress(done, a.total_bytes());
  }
  std::ranges::stable_sort(result.tensors, [](const auto& x, const auto& y) { return rank(x) > rank(y); });
  return result;
}

}  // namespace modelhost::host
