#include "weight_transfer.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "fetch_batches.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost {
namespace {

// Tensors that are read together when they stay: enough to keep several requests in flight.
constexpr uint64_t kKeepBatch = uint64_t{256} << 20;

constexpr const char* kNoAssignment =
    "its class does not let weights be the file's own bytes (supports_assign_param_buffer is false)";

std::string cannot_stay_on_disk(const at::Tensor& target, const TensorInfo& source, const at::Tensor& value,
                                bool is_view) {
  if (scalar_type(source.dtype) != target.scalar_type()) {
    return "it is stored as " + std::string(dtype_name(source.dtype)) + " and the model has " +
           scalar_type_name(target.scalar_type());
  }
  if (!value.defined()) return "its bytes do not lie in one piece in a file";
  return is_view ? "" : "its bytes are not aligned in the file";
}

}  // namespace

WeightTransfer::WeightTransfer(PreTrainedModel& model, CheckpointReader& checkpoint, const LoadPlan& plan,
                               const Placements& placements)
    : model_(model), checkpoint_(checkpoint) {
  std::map<std::filesystem::path, std::size_t> file_numbers;
  std::vector<std::tuple<std::size_t, uint64_t, const LoadStep*>> order;
  for (const LoadStep& step : plan.steps) {
    const auto file = file_numbers.try_emplace(checkpoint.file_of(*step.source), file_numbers.size()).first;
    order.emplace_back(file->second, step.source->begin, &step);
  }
  std::ranges::stable_sort(order, {},
                           [](const auto& o) { return std::tuple(std::get<0>(o), std::get<1>(o)); });
  for (const auto& [file, begin, step] : order) items_.push_back(decide(*step, placements));
}

WeightTransfer::Item WeightTransfer::decide(const LoadStep& step, const Placements& placements) const {
  const at::Tensor& target = step.target.tensor;
  const auto stored = scalar_type(step.source->dtype);
  if (!stored) {
    throw Error(codes::kLoadDtype, "LibTorch has no type for " + std::string(dtype_name(step.source->dtype)))
        .key(step.source->name);
  }
  if (!step.target.is_buffer && target.is_floating_point() && !at::isFloatingType(*stored)) {
    throw Error(codes::kLoadDtype, "a floating-point parameter cannot be made of integers")
        .file(checkpoint_.file_of(*step.source).string())
        .key(step.source->name)
        .expected("a floating-point dtype")
        .got(std::string(dtype_name(step.source->dtype)))
        .fix("convert the tensor if it holds plain values; quantised checkpoints are not supported");
  }
  Item item{&step, target.device()};
  Placement place;
  if (!placements.empty()) {
    place = placements.of(step.target.name);
    item.device = place.device;
  }
  if (place.disk && !step.target.is_buffer) put_on_disk(item, place.disk_optional);
  item.assign = !item.disk && model_.traits().supports_assign_param_buffer && item.device.is_cpu() &&
                *stored == target.scalar_type() && !step.target.is_buffer;
  return item;
}

// Makes the value of `item` a view of the mapped file, or says why it cannot be one.
std::string WeightTransfer::map_value(Item& item) const {
  // The plugin says so, or the host settings do.
  if (!model_.traits().supports_assign_param_buffer) return kNoAssignment;
  const TensorInfo& source = *item.step->source;
  const std::byte* data = nullptr;
  if (auto bytes = checkpoint_.mapped_bytes(source)) {
    data = bytes->data.data();
    item.value = tensor_over(source, std::move(*bytes));
  }
  const bool is_view = source.bytes() == 0 || (item.value.defined() && item.value.const_data_ptr() == data);
  return cannot_stay_on_disk(item.step->target.tensor, source, item.value, is_view);
}

void WeightTransfer::put_on_disk(Item& item, bool optional) const {
  const TensorInfo& source = *item.step->source;
  const std::string why = map_value(item);
  item.disk = why.empty();
  if (item.disk) return;
  item.value = at::Tensor();
  if (optional) return;
  throw Error(codes::kLoadOption, "a load option is not usable: the tensor cannot stay on disk, " + why)
      .file(checkpoint_.file_of(source).string())
      .key(item.step->target.name)
      .fix("load with dtype auto, or give it the device \"cpu\" in device_map");
}

uint64_t WeightTransfer::bytes_to_copy() const {
  uint64_t bytes = 0;
  for (const Item& item : items_) {
    const at::Tensor& target = item.step->target.tensor;
    if (!item.disk && !item.assign && item.device.is_cpu())
      bytes += static_cast<uint64_t>(target.numel()) * target.element_size();
  }
  return bytes;
}

void WeightTransfer::take(Item& item, const at::Tensor& source) const {
  const at::Tensor& target = item.step->target.tensor;
  if (item.assign) {
    item.value = source;
    return;
  }
  item.value = at::empty(target.sizes(), target.options().requires_grad(false).device(item.device));
  item.value.copy_(source);
}

void WeightTransfer::read_items(std::vector<Item*>& items, BytesUse use, const BytesProgress& progress) {
  std::vector<const TensorInfo*> sources;
  for (const Item* item : items) sources.push_back(item->step->source);
  const uint64_t limit = use == BytesUse::kKeep ? kKeepBatch : largest_bytes(sources);
  for_each_tensor(checkpoint_, sources, use, limit, progress,
                  [&](std::size_t i, const at::Tensor& tensor) { take(*items[i], tensor); });
  items.clear();
}

void WeightTransfer::read(const std::function<void(uint64_t done, uint64_t total)>& progress) {
  uint64_t done = 0, total = 0;
  for (const Item& item : items_) total += item.step->source->bytes();
  const BytesProgress count = [&](uint64_t bytes) {
    done += bytes;
    if (progress) progress(done, total);
  };
  // Copies first: of them, at most one stored tensor is in memory beside the model.
  std::vector<Item*> copied, kept;
  for (Item& item : items_) {
    if (item.disk) {
      count(item.step->source->bytes());
    } else {
      (item.assign ? kept : copied).push_back(&item);
    }
  }
  read_items(copied, BytesUse::kOnce, count);
  read_items(kept, BytesUse::kKeep, count);
}

void WeightTransfer::commit(LoadReport& report) {
  for (Item& item : items_) {
    at::Tensor target = item.step->target.tensor;
    const bool own = item.disk || item.assign;
    ++(own ? report.tensors_assigned : report.tensors_copied);
    (own ? report.bytes_assigned : report.bytes_copied) += static_cast<uint64_t>(item.value.nbytes());
    target.set_data(std::exchange(item.value, {}));
  }
}

}  // namespace modelhost
