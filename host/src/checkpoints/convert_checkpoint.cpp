#include "modelhost/host/checkpoints/convert_checkpoint.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <tuple>
#include <utility>

#include "cast_tensor.h"
#include "companion_files.h"
#include "modelhost/base/json.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/drop_pages.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/shard_index.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSpaceForTheRest = uint64_t{1} << 20;

// Names whose tensors are the same bytes of one file.
SharedData shared_data(CheckpointReader& reader) {
  std::map<std::tuple<uint64_t, uint64_t, Dtype>, std::vector<const TensorInfo*>> candidates;
  for (const TensorInfo& tensor : reader.tensors()) {
    if (tensor.bytes() > 0) candidates[{tensor.begin, tensor.end, tensor.dtype}].push_back(&tensor);
  }
  SharedData shared;
  for (const auto& [place, tensors] : candidates) {
    if (tensors.size() < 2) continue;
    std::map<const std::byte*, std::string> first;  // equal places may lie in different files
    for (const TensorInfo* tensor : tensors) {
      const TensorBytes bytes = reader.bytes(*tensor);
      if (mapped_file_at(bytes.data.data()).empty()) continue;  // gathered: a copy of its own
      const auto [it, added] = first.emplace(bytes.data.data(), tensor->name);
      if (!added) shared.emplace(tensor->name, it->second);
    }
  }
  return shared;
}

class Conversion {
 public:
  Conversion(CheckpointReader& reader, const ConvertOptions& options)
      : reader_(reader), options_(options), names_(options.variant, options.to) {
    if (format_row(options.to).shares_data) shared_ = shared_data(reader);
    for (const TensorInfo& tensor : reader.tensors()) add(tensor);
    shards_ = plan_shards(tensors_, options.max_shard_size.value(), shared_);
    for (const Shard& shard : shards_) report.bytes += shard.bytes;
    report.tensors = static_cast<int64_t>(tensors_.size());
    report.shared = static_cast<int64_t>(shared_.size());
    for (std::size_t i = 0; i < shards_.size(); ++i) report.files.push_back(file_name(i));
    if (shards_.size() > 1) report.files.push_back(names_.index());
  }

  const CheckpointNames& names() const { return names_; }

  void write(const fs::path& stage) {
    std::map<std::string, std::string> weight_map;
    uint64_t elements = 0;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      for (const std::size_t at : shards_[i].tensors) {
        weight_map[tensors_[at].name] = file_name(i);
        if (!shared_.contains(tensors_[at].name)) elements += static_cast<uint64_t>(tensors_[at].elements());
      }
      write_shard(stage / file_name(i), shards_[i]);
    }
    if (shards_.size() > 1)
      write_new_file(stage / names_.index(), shard_index_text(weight_map, elements, report.bytes));
  }

  ConvertReport report;

 private:
  bool is_cast(Dtype dtype) const {
    return options_.dtype && can_cast(dtype) && scalar_type(dtype) != options_.dtype;
  }

  void add(TensorInfo tensor) {
    if (options_.dtype && is_quantised(tensor.dtype)) {
      throw Error(codes::kSaveOption, "quantised weights cannot be given another dtype")
          .key(tensor.name)
          .expected("float16, bfloat16, float32 or float64")
          .got(std::string(dtype_name(tensor.dtype)))
          .note("their values mean something only together with their scales")
          .fix("convert without --dtype");
    }
    const bool cast = is_cast(tensor.dtype);
    ++(cast ? report.cast : report.kept)[std::string(dtype_name(tensor.dtype))];
    tensor.end -= std::exchange(tensor.begin, 0);
    if (cast) {
      tensor.dtype = checkpoint_dtype(*options_.dtype);
      tensor.end = static_cast<uint64_t>(tensor.elements()) * dtype_bits(tensor.dtype) / 8;
    }
    tensors_.push_back(std::move(tensor));
  }

  std::string file_name(std::size_t shard) const {
    return shards_.size() == 1 ? names_.single() : names_.shard(shard + 1, shards_.size());
  }

  TensorBytes fetch(const TensorInfo& wanted) {
    const TensorInfo& own = *reader_.find(wanted.name);
    const TensorBytes bytes = reader_.bytes(own);
    if (!is_cast(own.dtype)) {
      // Pages go when the writer is done with the tensor.
      const auto dropper = [](TensorBytes* held) {
        drop_pages(*held);
        delete held;
      };
      return {bytes.data, std::shared_ptr<TensorBytes>(new TensorBytes(bytes), dropper)};
    }
    const CastTensor cast = cast_tensor(own, bytes, *options_.dtype);
    if (cast.overflowed > 0) report.overflowed[own.name] = cast.overflowed;
    return cast.bytes;
  }

  void write_shard(const fs::path& path, const Shard& shard) {
    std::vector<TensorInfo> infos;
    for (const std::size_t at : shard.tensors) infos.push_back(tensors_[at]);
    FileWriter out(path, [this](uint64_t bytes) {
      done_ = std::min(done_ + bytes, report.bytes);
      if (options_.progress) options_.progress(done_, report.bytes);
    });
    auto metadata = reader_.metadata();
    metadata.try_emplace("format", "pt");
    const auto fetch_one = [this](const TensorInfo& tensor) { return fetch(tensor); };
    format_row(options_.to)
        .write(out, path.filename(), {std::move(infos), std::move(metadata), shared_, fetch_one});
    out.finish();
  }

  CheckpointReader& reader_;
  const ConvertOptions& options_;
  CheckpointNames names_;
  std::vector<TensorInfo> tensors_;
  SharedData shared_;
  std::vector<Shard> shards_;
  uint64_t done_ = 0;
};

// config.json names the dtype that the weights have from now on.
void set_dtype_in_config(CompanionCopy& companions, c10::ScalarType dtype) {
  const fs::path config = companions.from() / "config.json";
  std::error_code error;
  if (!fs::exists(config, error)) return;
  companions.replace("config.json", config_with_dtype(read_text_file(config, kMaxJsonBytes), config.string(),
                                                      scalar_type_name(dtype)));
}

// Without the weights that were converted and their index.
std::vector<std::string> skipped_files(std::vector<std::string> skipped, const CheckpointReader& reader) {
  const std::vector<fs::path> files = reader.files();
  std::erase_if(skipped, [&files](const std::string& text) {
    const bool index = files.size() > 1 && text.find(".index.json") != text.npos;
    return index || std::ranges::any_of(files, [&text](const fs::path& file) {
             return text.starts_with(file.filename().string() + " ");
           });
  });
  return skipped;
}

}  // namespace

ConvertReport convert_checkpoint(const fs::path& in, const fs::path& out, const ConvertOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto reader = open_checkpoint(in);
  Conversion conversion(*reader, options);
  CompanionCopy companions(in, out);
  if (options.dtype) set_dtype_in_config(companions, *options.dtype);
  conversion.report.copied = companions.found().files;
  conversion.report.skipped = skipped_files(companions.found().skipped, *reader);
  conversion.report.directory = out;
  if (!options.dry_run) {
    AtomicDirectory target(out);
    target.require_space(conversion.report.bytes + companions.bytes() + kSpaceForTheRest);
    conversion.write(target.stage());
    companions.write(target.stage());
    conversion.report.removed =
        target.commit([&](const std::string& name) { return conversion.names().owns(name); }).removed;
    conversion.report.directory = target.target();
  }
  conversion.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return conversion.report;
}

}  // namespace modelhost::host
