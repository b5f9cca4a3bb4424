#include "pickle_opcodes.h"

#include <array>

namespace modelhost::pickle {
namespace {

struct Row {
  uint8_t opcode;
  std::string_view name;
};

constexpr std::array kRefused = std::to_array<Row>({
    {'0', "POP"},          {'1', "POP_MARK"},
    {'2', "DUP"},          {'F', "FLOAT"},
    {'I', "INT"},          {'L', "LONG"},
    {'P', "PERSID"},       {'S', "STRING"},
    {'V', "UNICODE"},      {'d', "DICT"},
    {'g', "GET"},          {'i', "INST"},
    {'l', "LIST"},         {'o', "OBJ"},
    {'p', "PUT"},          {0x81, "NEWOBJ"},
    {0x82, "EXT1"},        {0x83, "EXT2"},
    {0x84, "EXT4"},        {0x8f, "EMPTY_SET"},
    {0x90, "ADDITEMS"},    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"},   {0x96, "BYTEARRAY8"},
    {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
});

}  // namespace

std::string_view refused_opcode_name(uint8_t opcode) {
  for (const Row& row : kRefused) {
    if (row.opcode == opcode) return row.name;
  }
  return {};
}

}  // namespace modelhost::pickle
