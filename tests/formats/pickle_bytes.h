// Pickles put together by hand, and weights files around them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "zip_bytes.h"

namespace modelhost::test {

inline std::string text(const std::string& value) {
  return "X" + little_endian(static_cast<uint32_t>(value.size())) + value;
}
inline std::string number(int64_t value) {
  return "\x8a\x08" + little_endian(value);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::string& items) {
  return "(" + items + "t";
}
inline std::string numbers(const std::vector<int64_t>& values) {
  std::string items;
  for (const int64_t value : values) items += number(value);
  return tuple(items);
}
inline const std::string kEmptyDict = global("collections", "OrderedDict") + ")R";

inline std::string storage(const std::string& key, int64_t elements,
                           const std::string& type = "FloatStorage") {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + number(elements)) + "Q";
}

inline std::string tensor(const std::string& storage, int64_t offset, const std::vector<int64_t>& sizes,
                          const std::vector<int64_t>& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(storage + number(offset) + numbers(sizes) + numbers(strides) + "\x89" + kEmptyDict) + "R";
}

/// A whole pickle of a dict.
inline std::string state_dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string items;
  for (const auto& [name, value] : entries) items += text(name) + value;
  return "\x80\x02}(" + items + "u.";
}

/// A weights file of the current format; `storages` are its data/ records.
inline ZipBytes bin_bytes(const std::string& pickle, const ZipContent& storages, ZipContent more = {}) {
  ZipContent content = {{"m/data.pkl", pickle}, {"m/byteorder", "little"}};
  for (const auto& [key, data] : storages) content.emplace_back("m/data/" + key, data);
  content.emplace_back("m/version", "3\n");
  content.insert(content.end(), more.begin(), more.end());
  return zip_bytes(content);
}

/// A weights file of the format before PyTorch 1.6. `data` is what follows the list of keys.
inline std::string legacy_bytes(const std::string& pickle, const std::string& keys, const std::string& data,
                                const std::string& machine = "}(" + text("little_endian") + "\x88u") {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  return magic + "\x80\x02M\xe9\x03." + "\x80\x02" + machine + "." + pickle + "\x80\x02" + keys + "." + data;
}

}  // namespace modelhost::test
