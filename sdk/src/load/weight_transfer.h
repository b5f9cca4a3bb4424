// Checkpoint bytes on their way into a model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/load_plan.h"
#include "placement.h"

namespace modelhost {

/// The tensors of a plan: first decided, then read and cast, and only at the end put into the model, so that
/// an error leaves it as it was.
class WeightTransfer {
 public:
  /// Decides for every step whether the parameter becomes the checkpoint's bytes or a copy. Errors:
  /// kLoadDtype, kLoadOption (a tensor that cannot be on disk).
  WeightTransfer(PreTrainedModel& model, CheckpointReader& checkpoint, const LoadPlan& plan,
                 const Placements& placements);

  /// Bytes of new memory that copies will take.
  uint64_t bytes_to_copy() const;
  /// Reads everything. Errors: those of CheckpointReader::fetch.
  void read(const std::function<void(uint64_t done, uint64_t total)>& progress);
  /// Points the model's tensors at what was read.
  void commit(LoadReport& report);

 private:
  struct Item {
    const LoadStep* step = nullptr;
    c10::Device device = at::kCPU;
    bool disk = false;    // as a view of the mapped file
    bool assign = false;  // as the bytes that the reader gives
    at::Tensor value = {};
  };

  Item decide(const LoadStep& step, const Placements& placements) const;
  std::string map_value(Item& item) const;
  void put_on_disk(Item& item, bool optional) const;
  void read_items(std::vector<Item*>& items, BytesUse use, const BytesProgress& progress);
  void take(Item& item, const at::Tensor& source) const;

  PreTrainedModel& model_;
  CheckpointReader& checkpoint_;
  std::vector<Item> items_;  // in the order of files and of the data in them
};

}  // namespace modelhost
