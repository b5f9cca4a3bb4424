#include "bin_layout.h"

#include <algorithm>

#include "formats/little_endian.h"
#include "legacy_bin.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "pickle_machine.h"
#include "zip_archive.h"

namespace modelhost {
namespace {

Error unsupported(const std::string& path, const std::string& what) {
  return Error(codes::kBinUnsupported, what).file(path);
}

// The folder that all records stand in, with its slash.
std::string top_folder(const ZipArchive& zip, const std::string& path) {
  std::string top;
  for (const auto& [name, record] : zip.records()) {
    const auto slash = name.find('/');
    const std::string folder = slash == name.npos ? "" : name.substr(0, slash + 1);
    if (folder.empty() || (!top.empty() && folder != top)) {
      throw unsupported(path, "a zip archive that torch.save did not write is not read")
          .expected("one folder with everything in it")
          .got(quote(name));
    }
    top = folder;
  }
  return top;
}

void refuse_programs(const ZipArchive& zip, const std::string& top, const std::string& path) {
  const bool code =
      std::ranges::any_of(zip.records(), [&](const auto& r) { return r.first.starts_with(top + "code/"); });
  if (!code && !zip.find(top + "constants.pkl")) return;
  throw unsupported(path, "a TorchScript program is not read: it holds code")
      .expected("weights saved by torch.save")
      .fix("in Python, save the state_dict() of the model instead");
}

// Text of a small record, without blanks; "" when there is none.
std::string small_record(const ZipArchive& zip, const std::string& name) {
  const ZipRecord* record = zip.find(name);
  if (!record) return "";
  const auto bytes = zip.data(*record);
  std::string text(text_at(bytes, 0, std::min<uint64_t>(bytes.size(), 20)));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  return text;
}

void check_environment(const ZipArchive& zip, const std::string& top, const std::string& path) {
  const bool apart = zip.find(top + "version") == nullptr && zip.find(top + ".data/version") != nullptr;
  const std::string version = small_record(zip, top + (apart ? ".data/version" : "version"));
  const bool digits =
      !version.empty() && std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || version.size() > 2 || version == "0" || std::stoi(version) > 10) {
    throw unsupported(path, "a file of an unknown version is not read")
        .expected("1 to 10")
        .got(quote(version));
  }
  const std::string order = small_record(zip, top + "byteorder");
  if (zip.find(top + "byteorder") && order != "little") {
    throw unsupported(path, "a file from a big-endian machine is not read")
        .expected("byteorder little")
        .got(quote(order));
  }
}

StateDictLayout read_zip_bin(std::span<const std::byte> file, const std::string& path) {
  const ZipArchive zip(file, path);
  const std::string top = top_folder(zip, path);
  refuse_programs(zip, top, path);
  const std::string name = top + "data.pkl";
  const ZipRecord* pickle = zip.find(name);
  if (!pickle)
    throw unsupported(path, "a zip archive that torch.save did not write is not read").expected(quote(name));
  check_environment(zip, top, path);
  if (pickle->size > kMaxPickleBytes) {
    throw unsupported(path, "the pickle is larger than any real one")
        .expected("at most " + human_bytes(kMaxPickleBytes))
        .got(human_bytes(pickle->size));
  }
  zip.check_crc(name, *pickle);
  PickleMachine machine(zip.data(*pickle), path);
  const PickleValue& root = machine.run();
  if (machine.position() != pickle->size) {
    throw Error(codes::kPickleMalformed, "the pickle is malformed: something follows its end").file(path);
  }
  StorageTable storages;
  const std::string folder = top + "data/";
  for (const auto& [record_name, record] : zip.records()) {
    if (!record_name.starts_with(folder)) continue;
    storages.emplace(record_name.substr(folder.size()), ByteRange{record.begin, record.size});
  }
  return lay_out_state_dict(root, storages, file.size(), path);
}

// In the tar format the file names "pickle", "storages" and "tensors" come first and "ustar" stands at 257.
bool is_tar(std::span<const std::byte> file) {
  return fits(file, 257, 5) && text_at(file, 257, 5) == "ustar";
}

}  // namespace

StateDictLayout read_bin_layout(std::span<const std::byte> file, const std::string& path) {
  const std::string_view start = text_at(file, 0, std::min<std::size_t>(file.size(), 64));
  if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06")) return read_zip_bin(file, path);
  if (is_legacy_bin(file)) return read_legacy_bin(file, path);
  if (start.starts_with("version https://git-lfs")) {
    throw unsupported(path, "the file is a git-lfs pointer: the weights were not downloaded")
        .fix("install git-lfs and run `git lfs pull`, or download the file from the hub");
  }
  if (is_tar(file)) {
    throw unsupported(path, "a tar archive of the first PyTorch versions is not read")
        .fix("load the file in Python and save it again");
  }
  throw unsupported(path, "the file is no weights file of PyTorch")
      .expected("a zip archive or a pickle as torch.save writes them")
      .got(file.empty() ? "an empty file" : "a file that starts with " + quote(start.substr(0, 16)))
      .fix("check that the download is complete and is the right file");
}

}  // namespace modelhost
