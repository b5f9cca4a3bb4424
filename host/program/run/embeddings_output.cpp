#include "embeddings_output.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "modelhost/base/json.h"
#include "program/terminal/text_width.h"

namespace modelhost::host {
namespace {

using at::Tensor;

constexpr int64_t kMatrixTexts = 12;  // a wider matrix does not fit a terminal
constexpr int kTextColumns = 44;

Tensor cosine_similarities(const Tensor& embeddings) {
  const Tensor unit = embeddings / embeddings.norm(2, 1, true).clamp_min(1e-12);
  return unit.matmul(unit.t()).contiguous();  // [N, N]
}

std::string format(const char* pattern, auto... values) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

void write_matrix(std::ostream& out, std::span<const std::string> texts, const Tensor& similarities) {
  const auto count = static_cast<int64_t>(texts.size());
  const auto* value = similarities.const_data_ptr<float>();
  out << format("%4s  ", "") << std::string(kTextColumns, ' ');
  for (int64_t column = 1; column <= count; ++column) out << format("%6lld", static_cast<long long>(column));
  out << '\n';
  for (int64_t row = 0; row < count; ++row) {
    out << format("%4lld  ", static_cast<long long>(row + 1)) << fit_columns(texts[row], kTextColumns);
    for (int64_t column = 0; column < count; ++column) out << format("%6.2f", *value++);
    out << '\n';
  }
}

void write_neighbours(std::ostream& out, std::span<const std::string> texts, const Tensor& embeddings) {
  const Tensor unit = embeddings / embeddings.norm(2, 1, true).clamp_min(1e-12);
  for (std::size_t row = 0; row < texts.size(); ++row) {
    Tensor scores =
        unit.matmul(unit[static_cast<int64_t>(row)]);  // [N]: the whole matrix might not fit in memory
    scores[static_cast<int64_t>(row)] = -2;
    const auto nearest = scores.argmax().item<int64_t>();
    out << format("%6zu  ", row + 1) << fit_columns(texts[row], kTextColumns)
        << format("  nearest %6lld  %5.2f  ", static_cast<long long>(nearest + 1),
                  scores[nearest].item<float>())
        << fit_columns(texts[nearest], kTextColumns) << '\n';
  }
}

void append_number(std::string& line, float value) {
  if (!std::isfinite(value)) {
    line += "null";  // JSON has no other way to say so
    return;
  }
  char text[32];
  line.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

}  // namespace

void write_similarity_table(std::ostream& out, std::span<const std::string> texts, const Tensor& embeddings) {
  out << "cosine similarity of " << texts.size() << (texts.size() == 1 ? " text, " : " texts, ")
      << embeddings.size(1) << " dimensions\n\n";
  if (static_cast<int64_t>(texts.size()) <= kMatrixTexts) {
    write_matrix(out, texts, cosine_similarities(embeddings));
  } else {
    write_neighbours(out, texts, embeddings);
  }
}

void write_jsonl(std::ostream& out, std::span<const std::string> texts, const Tensor& embeddings) {
  const Tensor rows = embeddings.contiguous();
  const auto* value = rows.const_data_ptr<float>();
  for (const std::string& text : texts) {
    std::string line = "{\"text\": " + Json(text).dump() + ", \"embedding\": [";
    for (int64_t i = 0; i < rows.size(1); ++i) {
      if (i > 0) line += ", ";
      append_number(line, *value++);
    }
    out << line << "]}\n";
  }
}

void write_npy(std::ostream& out, const Tensor& embeddings) {
  const Tensor rows = embeddings.contiguous();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows.size(0)) +
                       ", " + std::to_string(rows.size(1)) + "), }";
  constexpr std::size_t kPrefix = 10;
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  const auto length = static_cast<uint16_t>(header.size());
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(length & 0xff)).put(static_cast<char>(length >> 8));
  out << header;
  out.write(static_cast<const char*>(rows.const_data_ptr()), static_cast<std::streamsize>(rows.nbytes()));
}

}  // namespace modelhost::host
