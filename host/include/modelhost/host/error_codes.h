// The codes that only the host throws: plugins, run configs, host settings, the command line. `sdk/ERRORS.md`
// explains them beside those of the SDK.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

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
inline constexpr ErrorCode kProgramPart{
    "U102", "a part of the program is missing",
    "build the target modelhost_check_plugin (cmake --build build/release), or install modelhost again"};

/// All of the above.
inline constexpr std::array kHostCodes{kManifestSyntax,
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
                                       kSharedSymbols,
                                       kTrialCrashed,
                                       kTrialTimeout,
                                       kPluginOpen,
                                       kPluginNoDescriptor,
                                       kPluginIdentity,
                                       kRegistrationThrew,
                                       kRegistrationDiffers,
                                       kOperatorConflict,
                                       kNoPlugin,
                                       kPluginRefused,
                                       kYamlSyntax,
                                       kYamlMissingKey,
                                       kYamlUnknownKey,
                                       kYamlValue,
                                       kTaskInput,
                                       kTaskModel,
                                       kUsage,
                                       kProgramPart};

}  // namespace modelhost::codes
