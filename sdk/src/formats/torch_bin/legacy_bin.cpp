#include "legacy_bin.h"

#include "formats/little_endian.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // least byte first
constexpr int64_t kProtocolVersion = 1001;

Error damaged(const std::string& path, const std::string& what) {
  return Error(codes::kPickleMalformed, "the file is malformed: " + what)
      .file(path)
      .fix("download or copy the file again");
}

void check_machine(const PickleValue& info, const std::string& path) {
  if (!info.is(PickleKind::kDict)) throw damaged(path, "it does not describe the machine that wrote it");
  for (std::size_t i = 0; i < info.items.size(); i += 2) {
    const bool order = info.items[i]->is(PickleKind::kText) && info.items[i]->text == "little_endian";
    if (!order || info.items[i + 1]->number != 0) continue;
    throw Error(codes::kBinUnsupported, "a file from a big-endian machine is not read").file(path);
  }
}

// How many bytes each storage has by the pickle. A storage that is mentioned more than once must agree with
// itself.
StorageTable declared_storages(const PickleMachine& machine, const std::string& path) {
  StorageTable table;
  const auto impossible = [&](const PickleValue& storage, const std::string& got) {
    return Error(codes::kBinTensor, "a storage of the file is impossible")
        .file(path)
        .key(std::string(storage.text))
        .got(got);
  };
  for (const PickleValue& value : machine.values()) {
    if (!value.is(PickleKind::kStorage)) continue;
    const bool untyped = value.global->role == PickleRole::kUntypedStorage;
    if (!untyped && !value.global->dtype) throw impossible(value, std::string(value.global->name));
    const uint64_t element = untyped ? 1 : dtype_bits(*value.global->dtype) / 8;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(value.number), element, &bytes))
      throw impossible(value, std::to_string(value.number) + " elements");
    const auto known = table.find(value.text);
    if (known == table.end()) {
      table.emplace(value.text, ByteRange{element, bytes});
    } else if (known->second.size != bytes) {
      throw impossible(value, "two different sizes");
    }
  }
  return table;
}

// Finds the data of each key and turns the table's `begin` from the size of an element into a place in the
// file.
StorageTable place_storages(std::span<const std::byte> file, uint64_t position, const PickleValue& keys,
                            const StorageTable& declared, const std::string& path) {
  if (!keys.is(PickleKind::kList))
    throw damaged(path, "the list of storages is " + std::string(describe(keys.kind)));
  StorageTable placed;
  for (const PickleValue* key : keys.items) {
    const auto it = key->is(PickleKind::kText) ? declared.find(key->text) : declared.end();
    if (it == declared.end()) throw damaged(path, "it stores data that no tensor uses").got(quote(key->text));
    if (!fits(file, position, 8)) throw damaged(path, "it ends before its data");
    const auto count = load_little_endian<uint64_t>(file, position);
    position += 8;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, it->second.begin, &bytes) || bytes != it->second.size) {
      throw Error(codes::kBinTensor, "a storage has another size than the pickle says")
          .file(path)
          .key(it->first)
          .expected(std::to_string(it->second.size) + " bytes")
          .got(std::to_string(count) + " elements of " + std::to_string(it->second.begin) + " bytes");
    }
    if (!fits(file, position, bytes)) throw damaged(path, "it ends inside its data");
    if (!placed.emplace(it->first, ByteRange{position, bytes}).second) {
      throw damaged(path, "it stores the data of one key twice").got(quote(key->text));
    }
    position += bytes;
  }
  if (position != file.size()) throw damaged(path, "it goes on behind its data");
  return placed;
}

}  // namespace

bool is_legacy_bin(std::span<const std::byte> file) {
  // PROTO n, then from protocol 4 on a FRAME with its length, then LONG1 with ten bytes.
  const std::string_view text = text_at(file, 0, std::min<std::size_t>(file.size(), 32));
  if (text.size() < 4 || text[0] != '\x80') return false;
  const std::size_t number = text[2] == '\x95' ? 11 : 2;
  return text.size() > number + 2 && text.substr(number).starts_with("\x8a\x0a") &&
         text.substr(number + 2).starts_with(kMagic);
}

StateDictLayout read_legacy_bin(std::span<const std::byte> file, const std::string& path) {
  PickleMachine machine(file, path);
  if (machine.run().text != kMagic) throw damaged(path, "it does not start with the magic number");
  const PickleValue& version = machine.run();
  if (!version.is(PickleKind::kInteger) || version.number != kProtocolVersion) {
    throw Error(codes::kBinUnsupported, "a file of an unknown version is not read")
        .file(path)
        .expected(std::to_string(kProtocolVersion))
        .got(std::to_string(version.number));
  }
  check_machine(machine.run(), path);
  const PickleValue& root = machine.run();
  const StorageTable declared = declared_storages(machine, path);
  const PickleValue& keys = machine.run();
  const StorageTable storages = place_storages(file, machine.position(), keys, declared, path);
  return lay_out_state_dict(root, storages, file.size(), path);
}

}  // namespace modelhost
