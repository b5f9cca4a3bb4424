// What must be equal in a plugin and its host before the plugin's code may run.
//
// The stamp is plain data in an ELF section of its own, so the host reads it from the file's bytes. Every
// value is a constant of the plugin's own compile.
#pragma once

#include <torch/headeronly/version.h>
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string_view>
#include <version>

#include "modelhost/version.h"

namespace modelhost {

inline constexpr char kAbiMagic[8] = {'M', 'H', 'P', 'L', 'U', 'G', 'I', 'N'};
inline constexpr std::string_view kAbiSection = ".modelhost.abi";

/// No pointers, no padding; a later version may only append fields and raise `size`.
struct AbiStamp {
  char magic[8];
  uint32_t size;            ///< of this struct
  uint32_t sdk_abi;         ///< MODELHOST_SDK_ABI: must be equal
  uint64_t header_hash;     ///< MODELHOST_HEADER_HASH: must be equal
  uint64_t torch_abi;       ///< TORCH_ABI_VERSION: must be equal, patch level included
  uint32_t cxx11_abi;       ///< _GLIBCXX_USE_CXX11_ABI: must be equal
  uint32_t stdlib_release;  ///< _GLIBCXX_RELEASE: the plugin's may not be newer
  uint32_t cxx_abi;         ///< __GXX_ABI_VERSION: must be equal
  uint32_t sanitizers;      ///< bit 0 address, 1 thread, 2 undefined: address and thread must be equal
  uint32_t debug_stl;       ///< _GLIBCXX_DEBUG: must be equal
  uint32_t cplusplus;       ///< __cplusplus, for information
  char sdk_version[16];
  char json_abi[48];  ///< the inline namespace of nlohmann_json: must be equal
  char compiler[48];  ///< for information
};
static_assert(sizeof(AbiStamp) == 8 + 2 * 4 + 2 * 8 + 6 * 4 + 16 + 48 + 48);

namespace detail {

#define MODELHOST_STRINGIZE_(x) #x
#define MODELHOST_STRINGIZE(x) MODELHOST_STRINGIZE_(x)

consteval uint32_t sanitizer_bits() {
  uint32_t bits = 0;
#if defined(__SANITIZE_ADDRESS__)
  bits |= 1;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  bits |= 1;
#endif
#endif
#if defined(__SANITIZE_THREAD__)
  bits |= 2;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
  bits |= 2;
#endif
#endif
  return bits;
}

template <std::size_t N>
consteval void copy_text(char (&to)[N], std::string_view text) {
  for (std::size_t i = 0; i + 1 < N && i < text.size(); ++i) to[i] = text[i];
}

}  // namespace detail

/// The stamp of the translation unit that evaluates it.
consteval AbiStamp make_abi_stamp() {
  AbiStamp stamp{};
  for (int i = 0; i < 8; ++i) stamp.magic[i] = kAbiMagic[i];
  stamp.size = sizeof(AbiStamp);
  stamp.sdk_abi = MODELHOST_SDK_ABI;
  stamp.header_hash = MODELHOST_HEADER_HASH;
  stamp.torch_abi = TORCH_ABI_VERSION;
#ifdef _GLIBCXX_RELEASE
  stamp.cxx11_abi = _GLIBCXX_USE_CXX11_ABI;
  stamp.stdlib_release = _GLIBCXX_RELEASE;
#endif
  stamp.cxx_abi = __GXX_ABI_VERSION;
  stamp.sanitizers = detail::sanitizer_bits();
#ifdef _GLIBCXX_DEBUG
  stamp.debug_stl = 1;
#endif
  stamp.cplusplus = __cplusplus;
  detail::copy_text(stamp.sdk_version, MODELHOST_VERSION);
  detail::copy_text(stamp.json_abi, MODELHOST_STRINGIZE(NLOHMANN_JSON_NAMESPACE));
  detail::copy_text(stamp.compiler, __VERSION__);
  return stamp;
}

}  // namespace modelhost
