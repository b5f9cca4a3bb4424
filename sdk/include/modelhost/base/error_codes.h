// Every error code of modelhost, grouped by room. `sdk/ERRORS.md` explains each; a test keeps the two equal.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// IO: files and directories
inline constexpr ErrorCode kFileUnreadable{"IO101", "file cannot be read"};
inline constexpr ErrorCode kNotRegularFile{"IO102", "not a regular file"};
inline constexpr ErrorCode kFileUnwritable{"IO103", "file cannot be written"};
inline constexpr ErrorCode kFileTooLarge{"IO104", "file is larger than is plausible"};
inline constexpr ErrorCode kNoSuchDirectory{"IO105", "directory does not exist"};
inline constexpr ErrorCode kMappedFileShrank{"IO106", "a mapped file was truncated"};

// J: JSON text
inline constexpr ErrorCode kJsonSyntax{"J101", "not valid JSON"};
inline constexpr ErrorCode kJsonDuplicateKey{"J102", "a JSON object has the same key twice"};
inline constexpr ErrorCode kJsonTooDeep{"J103", "JSON is nested too deeply"};
inline constexpr ErrorCode kJsonType{"J104", "a JSON value has the wrong type"};
inline constexpr ErrorCode kJsonMissingKey{"J105", "a JSON object lacks a required key"};

// C: config.json
inline constexpr ErrorCode kConfigMissing{"C101", "config.json not found"};
inline constexpr ErrorCode kConfigType{"C102", "a config value has the wrong type"};
inline constexpr ErrorCode kConfigRange{"C103", "a config value is out of range"};
inline constexpr ErrorCode kConfigChoice{"C104", "a config value is not one of the allowed ones"};
inline constexpr ErrorCode kConfigNoModelType{"C105", "config.json names no model_type"};
inline constexpr ErrorCode kConfigInconsistent{"C106", "config values contradict each other"};

// S: safetensors files
inline constexpr ErrorCode kSafetensorsTruncated{"S101", "safetensors file is shorter than its header says"};
inline constexpr ErrorCode kSafetensorsHeaderSize{"S102", "safetensors header size is impossible"};
inline constexpr ErrorCode kSafetensorsHeader{"S103", "safetensors header is malformed"};
inline constexpr ErrorCode kSafetensorsDuplicate{"S104", "safetensors header names a tensor twice"};
inline constexpr ErrorCode kSafetensorsDtype{"S105", "safetensors dtype is unknown"};
inline constexpr ErrorCode kSafetensorsShape{"S106", "safetensors shape is impossible"};
inline constexpr ErrorCode kSafetensorsOffsets{"S107", "safetensors data offsets are wrong"};
inline constexpr ErrorCode kSafetensorsMetadata{"S108", "safetensors metadata is not usable"};

// K: checkpoint directories
inline constexpr ErrorCode kCheckpointMissing{"K101", "no weights found"};
inline constexpr ErrorCode kCheckpointNoTensor{"K102", "the checkpoint has no tensor of that name"};
inline constexpr ErrorCode kCheckpointUnsafeName{"K103", "an index names a file outside its directory"};
inline constexpr ErrorCode kCheckpointIndex{"K104", "a checkpoint index is malformed"};
// K2: weights written by torch.save (pytorch_model.bin)
inline constexpr ErrorCode kPickleForbidden{"K201", "the pickle asks for something that is not allowed"};
inline constexpr ErrorCode kPickleMalformed{"K202", "the pickle is malformed"};
inline constexpr ErrorCode kZipMalformed{"K203", "the zip archive is malformed"};
inline constexpr ErrorCode kBinUnsupported{"K204", "a weights file of this kind is not read"};
inline constexpr ErrorCode kBinTensor{"K205", "a tensor does not fit the data of its file"};
inline constexpr ErrorCode kBinNotStateDict{"K206", "the file holds something else than named tensors"};

// L: weights into a model
inline constexpr ErrorCode kLoadMismatch{"L101", "checkpoint and model have different shapes"};
inline constexpr ErrorCode kLoadIncomplete{"L102", "checkpoint and model do not have the same keys"};
inline constexpr ErrorCode kLoadPrefix{"L103",
                                       "the checkpoint mixes keys with and without the base model prefix"};
inline constexpr ErrorCode kLoadDtype{"L104", "dtype is not usable for a model"};
inline constexpr ErrorCode kLoadOption{"L105", "a load option is not usable"};

// V: saving
inline constexpr ErrorCode kSaveTarget{"V101", "the save target is not a directory"};
inline constexpr ErrorCode kSaveNoSpace{"V102", "not enough free space to save"};
inline constexpr ErrorCode kSaveUnfinished{"V103", "an interrupted save cannot be completed"};
inline constexpr ErrorCode kSaveNoWeights{"V104", "a weight was never loaded or initialised"};
inline constexpr ErrorCode kSaveSharedTensors{"V105", "tensors share memory in a way that cannot be saved"};
inline constexpr ErrorCode kSaveOption{"V106", "a save option is not usable"};

// M: models and layers
inline constexpr ErrorCode kModelInput{"M101", "a model input is missing, unknown or has the wrong shape"};
inline constexpr ErrorCode kModelOption{"M102", "the model does not support an option"};
inline constexpr ErrorCode kModelBuild{"M103", "the model cannot be built from this config"};
inline constexpr ErrorCode kModelForward{"M104", "the model failed while running"};

// T: tokenizers
inline constexpr ErrorCode kTokenizerMissing{"T101", "no tokenizer files found"};
inline constexpr ErrorCode kTokenizerUnsupported{"T102",
                                                 "the tokenizer needs something that is not supported"};
inline constexpr ErrorCode kTokenizerFile{"T103", "a tokenizer file is malformed"};
inline constexpr ErrorCode kTokenizerUtf8{"T104", "text is not valid UTF-8"};
inline constexpr ErrorCode kTokenizerOptions{"T105", "tokenizer options contradict each other"};

// P: plugins. P1 manifest, P2 policy, P3 stamp, P5 load, P6 registration, P7 lookup
inline constexpr ErrorCode kManifestSyntax{"P101", "manifest is not valid YAML"};
inline constexpr ErrorCode kManifestMissingKey{"P102", "manifest lacks a required key"};
inline constexpr ErrorCode kManifestUnknownKey{"P103", "manifest has an unknown key"};
inline constexpr ErrorCode kManifestValue{"P104", "manifest has an unusable value"};
inline constexpr ErrorCode kManifestLibraryOutside{"P105",
                                                   "plugin library lies outside its manifest's directory"};
inline constexpr ErrorCode kManifestSdkRange{"P106", "plugin is for another SDK version"};
inline constexpr ErrorCode kManifestLibraryMissing{"P107", "plugin library does not exist"};
inline constexpr ErrorCode kPluginDuplicateId{"P202",
                                              "two manifests in one directory have the same plugin id"};
inline constexpr ErrorCode kPluginUnsafeDirectory{"P203", "plugin directory is not safe"};
inline constexpr ErrorCode kStampMissing{"P301", "library carries no modelhost ABI stamp"};
inline constexpr ErrorCode kStampTorch{"P302", "plugin was built for another LibTorch"};
inline constexpr ErrorCode kStampSdk{"P303", "plugin was built for another SDK"};
inline constexpr ErrorCode kStampStdlib{"P304", "plugin was built with an incompatible C++ library"};
inline constexpr ErrorCode kStampInstrumented{"P305", "plugin and host differ in sanitizers or debug mode"};
inline constexpr ErrorCode kStampJson{"P306", "plugin was built with an incompatible nlohmann_json"};
inline constexpr ErrorCode kNotALibrary{"P307", "plugin library is not a shared library of this machine"};
inline constexpr ErrorCode kPluginOpen{"P501", "plugin library cannot be opened"};
inline constexpr ErrorCode kPluginNoDescriptor{"P502", "plugin library has no usable descriptor"};
inline constexpr ErrorCode kPluginIdentity{"P503", "plugin library and manifest disagree on id or version"};
inline constexpr ErrorCode kRegistrationThrew{"P601", "plugin registration failed"};
inline constexpr ErrorCode kRegistrationDiffers{"P602",
                                                "plugin registers something else than its manifest says"};
inline constexpr ErrorCode kRegistrationConflict{"P603", "architecture is already taken by another plugin"};
inline constexpr ErrorCode kNoPlugin{"P701", "no plugin offers this model"};
inline constexpr ErrorCode kPluginRefused{"P702", "the plugin for this model was refused"};

// R: run configs and host settings
inline constexpr ErrorCode kYamlSyntax{"R101", "not valid YAML"};
inline constexpr ErrorCode kYamlMissingKey{"R102", "a required key is missing"};
inline constexpr ErrorCode kYamlUnknownKey{"R103", "a key is unknown"};
inline constexpr ErrorCode kYamlValue{"R104", "a value is not usable"};
inline constexpr ErrorCode kTaskInput{"R105", "the task has no usable input"};
inline constexpr ErrorCode kTaskModel{"R106", "the model directory does not fit the task"};

// U: the command line
inline constexpr ErrorCode kUsage{"U101", "wrong usage"};

/// All of the above, for the documentation test.
inline constexpr std::array kAll{kFileUnreadable,
                                 kNotRegularFile,
                                 kFileUnwritable,
                                 kFileTooLarge,
                                 kNoSuchDirectory,
                                 kMappedFileShrank,
                                 kJsonSyntax,
                                 kJsonDuplicateKey,
                                 kJsonTooDeep,
                                 kJsonType,
                                 kJsonMissingKey,
                                 kConfigMissing,
                                 kConfigType,
                                 kConfigRange,
                                 kConfigChoice,
                                 kConfigNoModelType,
                                 kConfigInconsistent,
                                 kSafetensorsTruncated,
                                 kSafetensorsHeaderSize,
                                 kSafetensorsHeader,
                                 kSafetensorsDuplicate,
                                 kSafetensorsDtype,
                                 kSafetensorsShape,
                                 kSafetensorsOffsets,
                                 kSafetensorsMetadata,
                                 kCheckpointMissing,
                                 kCheckpointNoTensor,
                                 kCheckpointUnsafeName,
                                 kCheckpointIndex,
                                 kPickleForbidden,
                                 kPickleMalformed,
                                 kZipMalformed,
                                 kBinUnsupported,
                                 kBinTensor,
                                 kBinNotStateDict,
                                 kLoadMismatch,
                                 kLoadIncomplete,
                                 kLoadPrefix,
                                 kLoadDtype,
                                 kLoadOption,
                                 kSaveTarget,
                                 kSaveNoSpace,
                                 kSaveUnfinished,
                                 kSaveNoWeights,
                                 kSaveSharedTensors,
                                 kSaveOption,
                                 kModelInput,
                                 kModelOption,
                                 kModelBuild,
                                 kModelForward,
                                 kTokenizerMissing,
                                 kTokenizerUnsupported,
                                 kTokenizerFile,
                                 kTokenizerUtf8,
                                 kTokenizerOptions,
                                 kManifestSyntax,
                                 kManifestMissingKey,
                                 kManifestUnknownKey,
                                 kManifestValue,
                                 kManifestLibraryOutside,
                                 kManifestSdkRange,
                                 kManifestLibraryMissing,
                                 kPluginDuplicateId,
                                 kPluginUnsafeDirectory,
                                 kStampMissing,
                                 kStampTorch,
                                 kStampSdk,
                                 kStampStdlib,
                                 kStampInstrumented,
                                 kStampJson,
                                 kNotALibrary,
                                 kPluginOpen,
                                 kPluginNoDescriptor,
                                 kPluginIdentity,
                                 kRegistrationThrew,
                                 kRegistrationDiffers,
                                 kRegistrationConflict,
                                 kNoPlugin,
                                 kPluginRefused,
                                 kYamlSyntax,
                                 kYamlMissingKey,
                                 kYamlUnknownKey,
                                 kYamlValue,
                                 kTaskInput,
                                 kTaskModel,
                                 kUsage};

}  // namespace modelhost::codes
