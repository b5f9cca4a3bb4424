// What a pytorch_model.bin holds, whichever of torch.save's formats it has.
//
// Since PyTorch 1.6 the file is a zip archive (zip_archive.h) with one folder at its top, of any name:
//   <top>/data.pkl      the state dict as a pickle (pickle_machine.h)
//   <top>/data/<key>    the bytes of the storage that the pickle calls <key>
//   <top>/version       a number of one or two digits
//   <top>/byteorder     "little" (or absent, in older files)
// Older files are pickles followed by raw data (legacy_bin.h). Still older ones are tar archives, and
// TorchScript programs are zip archives with code in them: both are refused.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "state_dict_layout.h"

namespace modelhost {

/// `file` is the whole content; `path` is for messages. Nothing of the file is executed.
/// Errors: K201 to K206.
StateDictLayout read_bin_layout(std::span<const std::byte> file, const std::string& path);

}  // namespace modelhost
