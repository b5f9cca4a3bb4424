// The codes of checkpoints, of loading and of saving.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// S: safetensors files
inline constexpr ErrorCode kSafetensorsTruncated{"S101", "safetensors file is shorter than its header says",
                                                 "download the file again"};
inline constexpr ErrorCode kSafetensorsHeaderSize{"S102", "safetensors header size is impossible",
                                                  "check that it is a safetensors file"};
inline constexpr ErrorCode kSafetensorsHeader{"S103", "safetensors header is malformed",
                                              "save the file again with a current library"};
inline constexpr ErrorCode kSafetensorsDuplicate{"S104", "safetensors header names a tensor twice",
                                                 "save the file again"};
inline constexpr ErrorCode kSafetensorsDtype{"S105", "safetensors dtype is unknown", "convert the tensor"};
inline constexpr ErrorCode kSafetensorsShape{"S106", "safetensors shape is impossible",
                                             "save the file again"};
inline constexpr ErrorCode kSafetensorsOffsets{"S107", "safetensors data offsets are wrong",
                                               "save the file again"};
inline constexpr ErrorCode kSafetensorsMetadata{"S108", "safetensors metadata is not usable",
                                                "save the file again"};

// K: checkpoint directories
inline constexpr ErrorCode kCheckpointMissing{"K101", "no weights found",
                                              "download the weights, or name the right directory"};
inline constexpr ErrorCode kCheckpointNoTensor{"K102", "the checkpoint has no tensor of that name",
                                               "check the name; the nearest one is given"};
inline constexpr ErrorCode kCheckpointUnsafeName{
    "K103", "an index names a file outside its directory",
    "do not use the checkpoint; get it from a source that you trust"};
inline constexpr ErrorCode kCheckpointIndex{"K104", "a checkpoint index is malformed",
                                            "download the index again"};

// K2: weights written by torch.save (pytorch_model.bin)
inline constexpr ErrorCode kPickleForbidden{
    "K201", "the pickle asks for something that is not allowed",
    "do not use the file unless you know who made it; then save its tensors as safetensors in Python"};
inline constexpr ErrorCode kPickleMalformed{"K202", "the pickle is malformed", "download the file again"};
inline constexpr ErrorCode kZipMalformed{"K203", "the zip archive is malformed", "download the file again"};
inline constexpr ErrorCode kBinUnsupported{
    "K204", "a weights file of this kind is not read",
    "what the message says: usually to save the weights again, or to download the real file"};
inline constexpr ErrorCode kBinTensor{"K205", "a tensor does not fit the data of its file",
                                      "save the file again, or download it again"};
inline constexpr ErrorCode kBinNotStateDict{"K206", "the file holds something else than named tensors",
                                            "save only model.state_dict()"};

// L: weights into a model
inline constexpr ErrorCode kLoadMismatch{"L101", "checkpoint and model have different shapes",
                                         "correct config.json, or allow mismatched sizes"};
inline constexpr ErrorCode kLoadIncomplete{"L102", "checkpoint and model do not have the same keys",
                                           "choose the right architecture, or load without strict"};
inline constexpr ErrorCode kLoadPrefix{
    "L103", "the checkpoint mixes keys with and without the base model prefix", "save the checkpoint again"};
inline constexpr ErrorCode kLoadDtype{"L104", "dtype is not usable for a model",
                                      "use float32, float16, bfloat16 or auto"};
inline constexpr ErrorCode kLoadOption{"L105", "a load option is not usable", "correct the option"};

// V: saving
inline constexpr ErrorCode kSaveNoWeights{"V104", "a weight was never loaded or initialised",
                                          "call from_pretrained or init_weights first"};
inline constexpr ErrorCode kSaveSharedTensors{
    "V105", "tensors share memory in a way that cannot be saved",
    "declare tied_weights_keys, or give the tensors memory of their own"};
inline constexpr ErrorCode kSaveOption{"V106", "a save option is not usable", "correct the option"};

/// All of the above.
inline constexpr std::array kCheckpointCodes{
    kSafetensorsTruncated, kSafetensorsHeaderSize, kSafetensorsHeader, kSafetensorsDuplicate,
    kSafetensorsDtype, kSafetensorsShape, kSafetensorsOffsets, kSafetensorsMetadata, kCheckpointMissing,
    kCheckpointNoTensor, kCheckpointUnsafeName, kCheckpointIndex, kPickleForbidden, kPickleMalformed,
    kZipMalformed, kBinUnsupported, kBinTensor, kBinNotStateDict, kLoadMismatch, kLoadIncomplete, kLoadPrefix,
    kLoadDtype, kLoadOption, kSaveNoWeights, kSaveSharedTensors, kSaveOption};

}  // namespace modelhost::codes
