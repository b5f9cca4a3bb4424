// The format of torch.save before PyTorch 1.6 (and of _use_new_zipfile_serialization=False since).
//
// Five pickles, one behind the other: the number 0x1950a86a20f9469cfc6c; the version 1001; a dict about the
// machine
// ("little_endian" among it); the state dict; the list of storage keys. Then, for each key in that order, the
// number of elements as u64 and the elements themselves, to the end of the file. Nothing is aligned.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "pickle_machine.h"
#include "state_dict_layout.h"

namespace modelhost {

/// Whether the file starts with the pickle of the magic number, in any protocol.
bool is_legacy_bin(std::span<const std::byte> file);

/// Errors: those of PickleMachine::run and lay_out_state_dict, kBinUnsupported.
StateDictLayout read_legacy_bin(std::span<const std::byte> file, const std::string& path);

}  // namespace modelhost
