// The codes of files, JSON, configs and models: all that a plugin throws. Those of other rooms stand in their
// own `error_codes.h`, each in the lowest room that throws it. `sdk/ERRORS.md` explains every code; a test
// keeps them equal.
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

/// All of the above.
inline constexpr std::array kBaseCodes{
    kFileUnreadable, kNotRegularFile, kFileUnwritable, kFileTooLarge, kNoSuchDirectory, kMappedFileShrank,
    kJsonSyntax, kJsonDuplicateKey, kJsonTooDeep, kJsonType, kJsonMissingKey, kConfigMissing, kConfigType,
    kConfigRange, kConfigChoice, kConfigNoModelType, kConfigInconsistent, kModelInput, kModelOption,
    kModelBuild, kModelForward, kModelSurgery};

}  // namespace modelhost::codes
