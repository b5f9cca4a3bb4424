// Golden checkpoints as an author ships them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/save/save_pretrained.h"
#include "modelhost/testing/small_model.h"
#include "support/temp_dir.h"

namespace modelhost::testing {

/// `complete-<architecture>/` for each spec: a small model, one case of inputs, and its outputs.
class GoldenFolder {
 public:
  explicit GoldenFolder(const std::vector<ModelSpec>& specs) {
    for (const ModelSpec& spec : specs) {
      const std::filesystem::path folder = path() / ("complete-" + spec.traits.architecture);
      const auto model = random_model(spec, small_config(spec));
      save_pretrained(*model, folder);
      const NamedTensors inputs = sample_inputs(*model, 2, 5);
      write_case(folder / "inputs.safetensors", inputs);
      write_case(folder / "outputs.safetensors", (*model)(inputs));
    }
  }
  const std::filesystem::path& path() const { return dir_.path(); }

  /// Tensors of the case `plain`.
  static void write_case(const std::filesystem::path& file, const NamedTensors& tensors) {
    std::vector<TensorToWrite> list;
    std::vector<at::Tensor> kept;  // the bytes lie in them
    for (const auto& [name, tensor] : tensors) {
      kept.push_back(tensor.detach().contiguous());
      const auto* data = static_cast<const std::byte*>(kept.back().const_data_ptr());
      list.push_back({{"plain." + name, checkpoint_dtype(tensor.scalar_type()), tensor.sizes().vec()},
                      {data, kept.back().nbytes()}});
    }
    write_safetensors(file, list);
  }

 private:
  test::TempDir dir_;
};

}  // namespace modelhost::testing
