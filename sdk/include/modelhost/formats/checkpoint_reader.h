// One interface for every format a checkpoint may have.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modelhost/formats/read_mode.h"
#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// What a caller is going to do with bytes.
enum class BytesUse {
  kKeep,  ///< they become the tensor: a view of the mapped file where the mode is to map
  kOnce,  ///< they are copied or cast and let go: nothing of them stays in memory after that
};

/// Called with the number of bytes that arrived since the last call, on the thread that asked for them.
using BytesProgress = std::function<void(uint64_t bytes)>;

/// The names, dtypes and shapes of a checkpoint, and its bytes on demand. Knows nothing of models. Methods
/// may be called from several threads at once.
class CheckpointReader {
 public:
  virtual ~CheckpointReader();

  /// All tensors, in the order of the files' data.
  virtual const std::vector<TensorInfo>& tensors() const = 0;
  /// The bytes of one of `tensors()`, to keep. Errors: kFileUnreadable, kFileTooLarge.
  virtual TensorBytes bytes(const TensorInfo& tensor) = 0;
  /// The bytes of several of `tensors()`, read together as the read mode says. Tensors are best given in the
  /// order of their data. The default asks for one after the other. Errors: those of bytes().
  virtual std::vector<TensorBytes> fetch(std::span<const TensorInfo* const> tensors, BytesUse use,
                                         const BytesProgress& progress);
  /// A view of the mapped file whatever the read mode is; nothing where the bytes do not lie in a file as
  /// the tensor needs them.
  virtual std::optional<TensorBytes> mapped_bytes(const TensorInfo& tensor);
  /// How bytes are read. Never kAuto.
  virtual ReadMode read_mode() const { return ReadMode::kMap; }

  /// The file's own notes, e.g. {"format": "pt"}.
  virtual const std::map<std::string, std::string>& metadata() const = 0;
  /// The weights files, for messages. Empty for tensors that are in memory.
  virtual std::vector<std::filesystem::path> files() const = 0;
  /// The file that one of `tensors()` stands in; empty for tensors that are in memory.
  virtual std::filesystem::path file_of(const TensorInfo& tensor) const;

  /// The dtype that the checkpoint as a whole says it has (an index's `metadata.dtype`), empty for none.
  virtual std::string stated_dtype() const { return {}; }
  /// Types of the first file's tensors, in the order in which transformers looks for the first floating
  /// one. The default sorts by name.
  virtual std::vector<Dtype> dtypes_in_order() const;

  /// nullptr when there is no tensor of that name.
  const TensorInfo* find(std::string_view name) const;
  uint64_t total_bytes() const;

 private:
  mutable std::once_flag indexed_;
  mutable std::unordered_map<std::string_view, const TensorInfo*> by_name_;  // filled at first use
};

}  // namespace modelhost
