#include "modelhost/plugin/abi_check.h"

#include <cstdio>
#include <cstring>

#include "elf_section.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/registry/error_codes.h"

extern "C" uint64_t aoti_torch_abi_version();  // exported by libtorch_cpu.so

namespace modelhost {
namespace {

constexpr AbiStamp kHostStamp = make_abi_stamp();

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return std::string(field, ::strnlen(field, N));
}

std::string torch_text(uint64_t abi) {
  char text[64];
  std::snprintf(text, sizeof text, "%u.%u.%u", unsigned(abi >> 56), unsigned(abi >> 48 & 0xff),
                unsigned(abi >> 40 & 0xff));
  return text;
}

std::string sdk_text(const AbiStamp& stamp) {
  char text[96];
  std::snprintf(text, sizeof text, "%s, ABI number %u, headers %016llx", text_of(stamp.sdk_version).c_str(),
                stamp.sdk_abi, static_cast<unsigned long long>(stamp.header_hash));
  return text;
}

std::string sanitizer_text(uint32_t bits) {
  if (bits == 0) return "none";
  std::string text = bits & 1 ? "AddressSanitizer" : "";
  if (bits & 2) text += text.empty() ? "ThreadSanitizer" : " and ThreadSanitizer";
  return text;
}

}  // namespace

const AbiStamp& host_abi_stamp() {
  return kHostStamp;
}

void check_torch_runtime() {
  const uint64_t runtime = aoti_torch_abi_version();
  if (runtime == kHostStamp.torch_abi) return;
  throw Error(codes::kStampTorch, "modelhost runs with another LibTorch than it was built for")
      .expected("LibTorch " + torch_text(kHostStamp.torch_abi))
      .got("LibTorch " + torch_text(runtime))
      .fix("remove the other LibTorch from LD_LIBRARY_PATH, or rebuild modelhost");
}

AbiStamp read_abi_stamp(const std::filesystem::path& library) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(library);
  const auto section = elf_section(file->bytes(), kAbiSection, library.string());
  AbiStamp stamp{};
  if (section.size() >= sizeof(AbiStamp)) std::memcpy(&stamp, section.data(), sizeof(AbiStamp));
  if (std::memcmp(stamp.magic, kAbiMagic, sizeof kAbiMagic) != 0 || stamp.size < sizeof(AbiStamp)) {
    throw Error(codes::kStampMissing, "library carries no modelhost ABI stamp")
        .file(library.string())
        .expected("a section " + std::string(kAbiSection) + ", written by MODELHOST_PLUGIN")
        .got(section.empty() ? "no such section" : "a section of another layout")
        .fix("build the library with modelhost_add_plugin() and one MODELHOST_PLUGIN(…) line");
  }
  return stamp;
}

std::vector<AbiMismatch> compare_abi(const AbiStamp& host, const AbiStamp& plugin) {
  std::vector<AbiMismatch> found;
  auto differs = [&found](bool different, ErrorCode code, std::string what, std::string h, std::string p) {
    if (different) found.push_back({code, std::move(what), std::move(h), std::move(p)});
  };
  auto number = [](uint32_t value) { return std::to_string(value); };
  differs(host.torch_abi != plugin.torch_abi, codes::kStampTorch, "LibTorch", torch_text(host.torch_abi),
          torch_text(plugin.torch_abi));
  differs(host.sdk_abi != plugin.sdk_abi || host.header_hash != plugin.header_hash, codes::kStampSdk,
          "modelhost SDK", sdk_text(host), sdk_text(plugin));
  differs(host.cxx11_abi != plugin.cxx11_abi, codes::kStampStdlib, "_GLIBCXX_USE_CXX11_ABI",
          number(host.cxx11_abi), number(plugin.cxx11_abi));
  differs(plugin.stdlib_release > host.stdlib_release, codes::kStampStdlib, "libstdc++ (at most)",
          number(host.stdlib_release), number(plugin.stdlib_release));
  differs(host.cxx_abi != plugin.cxx_abi, codes::kStampStdlib, "C++ ABI", number(host.cxx_abi),
          number(plugin.cxx_abi));
  differs(host.sanitizers != plugin.sanitizers, codes::kStampInstrumented, "sanitizers",
          sanitizer_text(host.sanitizers), sanitizer_text(plugin.sanitizers));
  differs(host.debug_stl != plugin.debug_stl, codes::kStampInstrumented, "_GLIBCXX_DEBUG",
          number(host.debug_stl), number(plugin.debug_stl));
  differs(text_of(host.json_abi) != text_of(plugin.json_abi), codes::kStampJson, "nlohmann_json",
          text_of(host.json_abi), text_of(plugin.json_abi));
  return found;
}

Error abi_error(const std::vector<AbiMismatch>& mismatches, const std::filesystem::path& library) {
  const AbiMismatch& first = mismatches.front();
  Error error(first.code, std::string(first.code.title));
  error.file(library.string())
      .key(first.what)
      .expected("host has " + first.host)
      .got("plugin has " + first.plugin)
      .fix(
          "rebuild the plugin against this host: cmake -B build -Dmodelhost_DIR=<prefix>/lib/cmake/modelhost "
          "&& "
          "cmake --build build");
  for (std::size_t i = 1; i < mismatches.size(); ++i) {
    error.note("also " + mismatches[i].what + ": host has " + mismatches[i].host + ", plugin has " +
               mismatches[i].plugin);
  }
  return error;
}

}  // namespace modelhost
