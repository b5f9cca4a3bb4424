// Writing a weights file as torch.save writes it.
#pragma once

#include <string>
#include <vector>

#include "modelhost/files/file_writer.h"
#include "modelhost/formats/fetch_tensor.h"
#include "modelhost/formats/shard_plan.h"
#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// Writes pytorch_model.bin piece by piece, so that no more than one tensor has to be in memory for it. The
/// file is, to the byte, what torch.save(dict, path) of PyTorch 2.13 writes for a dict of contiguous tensors
/// in the order of `tensors`, which is what transformers' save_pretrained(safe_serialization=False) saves.
/// `tensors` tell their size by `begin` and `end`; a tensor named in `shared` has no data of its own: after
/// loading the two are views of one storage. `archive_name` is the folder inside the file, in PyTorch the
/// file's name without its last extension. The caller finishes `out`, to which nothing was written before.
/// Errors: kFileUnwritable; kLoadDtype (F4, F6: PyTorch has no such type); kBinTensor (a name given twice or
/// not UTF-8, sizes that do not fit, data shared with a tensor that is not there or of another size).
void write_bin(FileWriter& out, const std::string& archive_name, const std::vector<TensorInfo>& tensors,
               const FetchTensor& fetch, const SharedData& shared = {});

}  // namespace modelhost
