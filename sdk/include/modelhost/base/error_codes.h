// Every error code of modelhost, grouped by room. `sdk/ERRORS.md` explains each; a test keeps the two equal.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// IO: files and directories
inline constexpr ErrorCode kFileUnreadable{
    "IO101", "file cannot be read",
    "check the path and the permissions; the message carries the system's reason"};
inline constexpr ErrorCode kNotRegularFile{"IO102", "not a regular file", "name the file itself"};
inline constexpr ErrorCode kFileUnwritable{"IO103", "file cannot be written",
                                           "check permissions and free space"};
inline constexpr ErrorCode kFileTooLarge{"IO104", "file is larger than is plausible",
                                         "check that it is the right file"};
inline constexpr ErrorCode kNoSuchDirectory{"IO105", "directory does not exist",
                                            "correct the path, or remove it from the search path"};
inline constexpr ErrorCode kMappedFileShrank{
    "IO106", "a mapped file was truncated",
    "replace files by renaming, never by writing into them; load again"};

// J: JSON text
inline constexpr ErrorCode kJsonSyntax{"J101", "not valid JSON", "correct or download the file again"};
inline constexpr ErrorCode kJsonDuplicateKey{"J102", "a JSON object has the same key twice",
                                             "remove one of the two"};
inline constexpr ErrorCode kJsonTooDeep{"J103", "JSON is nested too deeply",
                                        "check that it is the right file"};
inline constexpr ErrorCode kJsonType{"J104", "a JSON value has the wrong type", "correct the value"};
inline constexpr ErrorCode kJsonMissingKey{"J105", "a JSON object lacks a required key",
                                           "add the key, or download the file again"};

// C: config.json
inline constexpr ErrorCode kConfigMissing{"C101", "config.json not found",
                                          "name the directory that holds config.json"};
inline constexpr ErrorCode kConfigType{"C102", "a config value has the wrong type", "correct the field"};
inline constexpr ErrorCode kConfigRange{"C103", "a config value is out of range", "correct the field"};
inline constexpr ErrorCode kConfigChoice{"C104", "a config value is not one of the allowed ones",
                                         "use one of the listed values"};
inline constexpr ErrorCode kConfigNoModelType{"C105", "config.json names no model_type", "add model_type"};
inline constexpr ErrorCode kConfigInconsistent{"C106", "config values contradict each other",
                                               "correct the fields that are named"};

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
inline constexpr ErrorCode kSaveTarget{"V101", "the save target is not a directory",
                                       "choose another path, or move what is there"};
inline constexpr ErrorCode kSaveNoSpace{"V102", "not enough free space to save",
                                        "make room, or save elsewhere"};
inline constexpr ErrorCode kSaveUnfinished{
    "V103", "an interrupted save cannot be completed",
    "open the directory once as a user who may write there, or save again. If the files beside the journal "
    ".modelhost-txn-… are good, delete it"};
inline constexpr ErrorCode kSaveNoWeights{"V104", "a weight was never loaded or initialised",
                                          "call from_pretrained or init_weights first"};
inline constexpr ErrorCode kSaveSharedTensors{
    "V105", "tensors share memory in a way that cannot be saved",
    "declare tied_weights_keys, or give the tensors memory of their own"};
inline constexpr ErrorCode kSaveOption{"V106", "a save option is not usable", "correct the option"};

// M: models and layers
inline constexpr ErrorCode kModelInput{"M101", "a model input is missing, unknown or has the wrong shape",
                                       "correct the inputs"};
inline constexpr ErrorCode kModelOption{"M102", "the model does not support an option",
                                        "leave the option out, or choose another implementation"};
inline constexpr ErrorCode kModelBuild{"M103", "the model cannot be built from this config",
                                       "correct the config value that is named"};
inline constexpr ErrorCode kModelForward{
    "M104", "the model failed while running",
    "check the inputs' shapes and dtypes; the message carries LibTorch's"};
inline constexpr ErrorCode kModelSurgery{"M105", "the model cannot be changed that way",
                                         "correct the argument that is named"};

// T: tokenizers
inline constexpr ErrorCode kTokenizerMissing{"T101", "no tokenizer files found",
                                             "add tokenizer.json to the model directory"};
inline constexpr ErrorCode kTokenizerUnsupported{"T102",
                                                 "the tokenizer needs something that is not supported",
                                                 "use another tokenizer, or give token ids"};
inline constexpr ErrorCode kTokenizerFile{"T103", "a tokenizer file is malformed", "download the file again"};
inline constexpr ErrorCode kTokenizerUtf8{"T104", "text is not valid UTF-8", "convert the input to UTF-8"};
inline constexpr ErrorCode kTokenizerOptions{"T105", "tokenizer options contradict each other",
                                             "correct the options"};

// P: plugins. P1 manifest, P2 policy, P3 stamp, P4 trial, P5 load, P6 registration, P7 lookup
inline constexpr ErrorCode kManifestSyntax{"P101", "manifest is not valid YAML",
                                           "correct the line that is named"};
inline constexpr ErrorCode kManifestMissingKey{"P102", "manifest lacks a required key", "add the key"};
inline constexpr ErrorCode kManifestUnknownKey{"P103", "manifest has an unknown key",
                                               "correct or remove the key"};
inline constexpr ErrorCode kManifestValue{"P104", "manifest has an unusable value", "correct the value"};
inline constexpr ErrorCode kManifestLibraryOutside{
    "P105", "plugin library lies outside its manifest's directory", "lay the library beside its manifest"};
inline constexpr ErrorCode kManifestSdkRange{"P106", "plugin is for another SDK version",
                                             "install a release of the plugin for this host"};
inline constexpr ErrorCode kManifestLibraryMissing{"P107", "plugin library does not exist",
                                                   "build the plugin, or correct library"};
inline constexpr ErrorCode kPluginDuplicateId{
    "P202", "two manifests in one directory have the same plugin id", "remove one of the two"};
inline constexpr ErrorCode kPluginUnsafeDirectory{"P203", "plugin directory is not safe",
                                                  "chmod o-w, or name the directory with --plugin-dir"};
inline constexpr ErrorCode kPluginDisabled{"P204", "plugin is disabled by the host settings",
                                           "remove the entry from disable, if the plugin is wanted"};
inline constexpr ErrorCode kPluginPin{
    "P205", "plugin library is not the pinned one",
    "find out who changed the library; then install the pinned file, or correct pin"};
inline constexpr ErrorCode kStampMissing{"P301", "library carries no modelhost ABI stamp",
                                         "build it with modelhost_add_plugin() and a MODELHOST_PLUGIN line"};
inline constexpr ErrorCode kStampTorch{"P302", "plugin was built for another LibTorch",
                                       "rebuild the plugin against this host"};
inline constexpr ErrorCode kStampSdk{"P303", "plugin was built for another SDK",
                                     "rebuild the plugin against this host"};
inline constexpr ErrorCode kStampStdlib{"P304", "plugin was built with an incompatible C++ library",
                                        "rebuild with the host's compiler or an older one"};
inline constexpr ErrorCode kStampInstrumented{"P305", "plugin and host differ in sanitizers or debug mode",
                                              "build both with the same settings"};
inline constexpr ErrorCode kStampJson{"P306", "plugin was built with an incompatible nlohmann_json",
                                      "rebuild with the host's nlohmann_json"};
inline constexpr ErrorCode kNotALibrary{"P307", "plugin library is not a shared library of this machine",
                                        "point library at the right file, or build it again"};
inline constexpr ErrorCode kSharedSymbols{
    "P308", "plugin library has symbols that the whole process would share",
    "build it with modelhost_add_plugin(), or with -fno-gnu-unique and hidden visibility"};
inline constexpr ErrorCode kTrialCrashed{"P401", "plugin ended the process in which it was tried",
                                         "ask its author; it is tried again when its library changes"};
inline constexpr ErrorCode kTrialTimeout{
    "P402", "plugin was not ready in time when it was tried",
    "ask its author; it is tried again when its library changes or trial.seconds is raised"};
inline constexpr ErrorCode kPluginOpen{"P501", "plugin library cannot be opened",
                                       "rebuild the plugin, and link or install what is missing"};
inline constexpr ErrorCode kPluginNoDescriptor{"P502", "plugin library has no usable descriptor",
                                               "write one MODELHOST_PLUGIN line"};
inline constexpr ErrorCode kPluginIdentity{"P503", "plugin library and manifest disagree on id or version",
                                           "make both equal"};
inline constexpr ErrorCode kRegistrationThrew{"P601", "plugin registration failed",
                                              "ask its author; the message is the plugin's"};
inline constexpr ErrorCode kRegistrationDiffers{"P602",
                                                "plugin registers something else than its manifest says",
                                                "correct the manifest or the MODELHOST_PLUGIN line"};
inline constexpr ErrorCode kRegistrationConflict{"P603", "architecture is already taken by another plugin",
                                                 "name one of them in prefer of the host settings"};
inline constexpr ErrorCode kOperatorConflict{
    "P604", "plugin registers an operator that is already there",
    "disable one of the two plugins, or ask its author for an operator namespace of its own"};
inline constexpr ErrorCode kNoPlugin{"P701", "no plugin offers this model",
                                     "install a plugin for it and name its directory"};
inline constexpr ErrorCode kPluginRefused{"P702", "the plugin for this model was refused",
                                          "as that reason says"};

// R: run configs and host settings
inline constexpr ErrorCode kYamlSyntax{"R101", "not valid YAML", "correct the line that is named"};
inline constexpr ErrorCode kYamlMissingKey{"R102", "a required key is missing", "add the key"};
inline constexpr ErrorCode kYamlUnknownKey{"R103", "a key is unknown", "correct or remove the key"};
inline constexpr ErrorCode kYamlValue{"R104", "a value is not usable", "correct the value"};
inline constexpr ErrorCode kTaskInput{"R105", "the task has no usable input", "add input"};
inline constexpr ErrorCode kTaskModel{"R106", "the model directory does not fit the task",
                                      "choose another task or model"};

// U: the command line
inline constexpr ErrorCode kUsage{"U101", "wrong usage", "see modelhost --help"};

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
                                 kModelSurgery,
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
                                 kPluginDisabled,
                                 kPluginPin,
                                 kStampMissing,
                                 kStampTorch,
                                 kStampSdk,
                                 kStampStdlib,
                                 kStampInstrumented,
                                 kStampJson,
                                 kNotALibrary,
                                 kSharedSymbols,
                                 kTrialCrashed,
                                 kTrialTimeout,
                                 kPluginOpen,
                                 kPluginNoDescriptor,
                                 kPluginIdentity,
                                 kRegistrationThrew,
                                 kRegistrationDiffers,
                                 kRegistrationConflict,
                                 kOperatorConflict,
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
